/** Asks before what cannot be taken back, by having a word typed that is not typed by accident. */
import { type ReactNode, useState } from "react";
import { sentenceOf } from "../api.ts";
import { Dialog } from "../shell/dialog.tsx";
import { Field, FormFault } from "./field.tsx";

export function ConfirmTyped(props: {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  title: string;
  /** What will be gone and what stays. */
  children: ReactNode;
  /** To be typed as it stands, whatever the case. */
  word: string;
  /** Asked too where the account has one. */
  hasPassword?: boolean;
  action: string;
  run: (password: string) => Promise<void>;
}) {
  return (
    <Dialog isOpen={props.isOpen} onOpenChange={props.onOpenChange} title={props.title}>
      <ConfirmForm {...props} />
    </Dialog>
  );
}

function ConfirmForm(props: Parameters<typeof ConfirmTyped>[0]) {
  const [typed, setTyped] = useState("");
  const [password, setPassword] = useState("");
  const [fault, setFault] = useState("");
  const [isBusy, setBusy] = useState(false);
  const isMeant = typed.trim().toLowerCase() === props.word.toLowerCase();
  return (
    <form
      className="grid gap-4 px-5 pt-3 pb-5"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isMeant || isBusy) return;
        setBusy(true);
        setFault("");
        props
          .run(password)
          .catch((error: unknown) => setFault(sentenceOf(error)))
          .finally(() => setBusy(false));
      }}
    >
      <div className="grid gap-2 text-ink-2">{props.children}</div>
      <Field
        name={`Type “${props.word}” to confirm`}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
      />
      {props.hasPassword && (
        <Field
          name="Your password"
          type="password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          autoComplete="current-password"
          required
        />
      )}
      <FormFault>{fault}</FormFault>
      <div className="flex flex-wrap justify-end gap-2">
        <button type="button" className="button" onClick={() => props.onOpenChange(false)}>
          Keep it
        </button>
        <button type="submit" className="button button-fault" disabled={!isMeant || isBusy}>
          {isBusy ? "Deleting…" : props.action}
        </button>
      </div>
    </form>
  );
}
