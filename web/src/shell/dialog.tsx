/** A dialog in the house's look: radix keeps the focus inside and gives it back. */
import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";

export function Dialog(props: {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  title: string;
  isTitleHidden?: boolean;
  /** Room for a map. */
  isWide?: boolean;
  children: ReactNode;
}) {
  const { isOpen, onOpenChange, title, isTitleHidden, isWide, children } = props;
  return (
    <Radix.Root open={isOpen} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/35" />
        <Radix.Content
          aria-describedby={undefined}
          className={`box fixed left-1/2 z-50 -translate-x-1/2 overflow-auto shadow-2xl outline-none ${
            isWide
              ? "top-[4vh] max-h-[92dvh] w-[min(760px,calc(100vw-24px))]"
              : "top-[12vh] max-h-[76vh] w-[min(560px,calc(100vw-24px))]"
          }`}
        >
          <div
            className={isTitleHidden ? "sr-only" : "flex items-center justify-between px-5 pt-4"}
          >
            <Radix.Title className="font-semibold text-l">{title}</Radix.Title>
            <Radix.Close
              className="target grid size-8 place-items-center rounded-box text-ink-2 hover:bg-sunken"
              aria-label="Close"
            >
              <X size={18} aria-hidden />
            </Radix.Close>
          </div>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
