/** A secret or a link in one line, with a button that copies it and says so. */
import { Check, Copy } from "lucide-react";
import { useEffect, useRef, useState } from "react";

const SAID_MS = 2500;

export function CopyLine({ name, text }: { name: string; text: string }) {
  const [isCopied, setCopied] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), SAID_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // Only a page of https or of this machine may write to the clipboard: the keys can.
      field.current?.focus();
      field.current?.select();
    }
  };
  return (
    <div className="flex gap-2">
      <input
        ref={field}
        readOnly
        aria-label={name}
        value={text}
        onFocus={(event) => event.currentTarget.select()}
        className="input min-w-0 flex-1 bg-sunken font-mono text-s"
      />
      <button type="button" className="button" onClick={() => void copy()}>
        {isCopied ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />}
        <span aria-live="polite">{isCopied ? "Copied" : "Copy"}</span>
      </button>
    </div>
  );
}
