/** A menu in the house's look: radix keeps the keys and the focus. */
import { Check } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";

export function Menu(props: {
  trigger: ReactNode;
  children: ReactNode;
  align?: "start" | "end";
  side?: "top" | "right" | "bottom";
}) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{props.trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={props.align ?? "start"}
          side={props.side ?? "bottom"}
          sideOffset={6}
          collisionPadding={8}
          className="box z-50 min-w-48 max-w-[min(20rem,calc(100vw-16px))] p-1 shadow-xl"
        >
          {props.children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

export function MenuItem(props: {
  sign?: ReactNode;
  children: ReactNode;
  onSelect: () => void;
  isFault?: boolean;
}) {
  return (
    <DropdownMenu.Item
      className={`menu-item ${props.isFault ? "!text-fault" : ""}`}
      onSelect={props.onSelect}
    >
      {props.sign && <span className={props.isFault ? "" : "text-ink-2"}>{props.sign}</span>}
      {props.children}
    </DropdownMenu.Item>
  );
}

/** An item that leads to a file. */
export function MenuLink(props: { sign?: ReactNode; href: string; children: ReactNode }) {
  return (
    <DropdownMenu.Item className="menu-item" asChild>
      <a href={props.href} download>
        {props.sign && <span className="text-ink-2">{props.sign}</span>}
        {props.children}
      </a>
    </DropdownMenu.Item>
  );
}

export function MenuChoices<T extends string>(props: {
  name: string;
  value: T;
  choices: readonly {
    readonly value: T;
    readonly name: string;
    readonly note?: string;
    readonly sign?: ReactNode;
  }[];
  onChange: (value: T) => void;
}) {
  return (
    <DropdownMenu.RadioGroup
      aria-label={props.name}
      value={props.value}
      onValueChange={(value) => props.onChange(value as T)}
    >
      {props.choices.map(({ value, name, note, sign }) => (
        <DropdownMenu.RadioItem key={value} value={value} className="menu-item py-1.5">
          {sign && <span className="text-ink-2">{sign}</span>}
          <span className="flex-1">
            {name}
            {note && <span className="block text-ink-3">{note}</span>}
          </span>
          <DropdownMenu.ItemIndicator>
            <Check size={15} aria-hidden />
          </DropdownMenu.ItemIndicator>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}

export function MenuLine() {
  return <DropdownMenu.Separator className="-mx-1 my-1 h-px bg-border" />;
}

export function MenuTitle({ children }: { children: ReactNode }) {
  return (
    <DropdownMenu.Label className="px-2.5 pt-1.5 pb-1 text-ink-3 text-s">
      {children}
    </DropdownMenu.Label>
  );
}
