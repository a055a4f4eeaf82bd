/** The keys of the app, shown on `?`. */
import { Fragment } from "react";
import { Dialog } from "./dialog.tsx";

const KEYS = [
  {
    where: "Everywhere",
    keys: [
      ["Ctrl K", "Search activities and pages"],
      ["?", "This list"],
      ["Esc", "Close"],
    ],
  },
  {
    where: "Activities",
    keys: [
      ["/", "Search"],
      ["J  ↓", "Next activity"],
      ["K  ↑", "Activity before"],
      ["Enter", "Open"],
    ],
  },
  {
    where: "Members",
    keys: [
      ["/", "Search"],
      ["J  ↓", "Next member"],
      ["K  ↑", "Member before"],
      ["Enter", "Open"],
      ["U", "Back to the list, from a member"],
    ],
  },
  {
    where: "One activity",
    keys: [
      ["R", "Show or hide the recorded line"],
      ["C", "Next colour of the line"],
      ["←  →", "Move along the charts, when they have the focus"],
      ["Shift ←  →", "Choose a part of it"],
      ["Esc", "The whole activity again"],
      ["E", "Edit the title, of your own"],
      ["U", "Back to the list"],
    ],
  },
] as const;

export function KeyHelp(props: { isOpen: boolean; onOpenChange: (isOpen: boolean) => void }) {
  return (
    <Dialog {...props} title="Keys">
      <div className="grid gap-5 px-5 pt-3 pb-6">
        {KEYS.map(({ where, keys }) => (
          <section key={where}>
            <h3 className="mb-2 font-medium text-ink-3 text-s">{where}</h3>
            <dl className="grid grid-cols-[7.5rem_1fr] items-center gap-y-2 text-s">
              {keys.map(([key, meaning]) => (
                <Fragment key={meaning}>
                  <dt className="flex gap-1">
                    {key.split("  ").map((one) => (
                      <kbd key={one} className="key">
                        {one}
                      </kbd>
                    ))}
                  </dt>
                  <dd className="text-ink-2">{meaning}</dd>
                </Fragment>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
