/**
 * The head of an activity: what it was, when, by whom. Its owner edits the words where they stand,
 * says who sees it, hides its ends, takes it out as a file or deletes it.
 */
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import {
  ArrowLeft,
  ChevronDown,
  Download,
  Ellipsis,
  Globe,
  Lock,
  Pencil,
  Scissors,
  Trash2,
} from "lucide-react";
import { useState } from "react";
import type { ActivityAnswer } from "../../../src/schema/activity.ts";
import { exportUrl, sentenceOf } from "../api.ts";
import { type ChangeActivity, deleteWithWayBack, useChangeActivity } from "../change.ts";
import { FormFault } from "../part/field.tsx";
import { Menu, MenuChoices, MenuItem, MenuLine, MenuLink } from "../part/menu.tsx";
import { tell } from "../part/toast.tsx";
import { useUnits } from "../preference.ts";
import { useKeys } from "../shell/keys.ts";
import { SPORTS, SportSign, sportLook } from "../sport.tsx";
import type { Track } from "../track.ts";
import { distance } from "../unit.ts";
import { fullWhen, when } from "../when.ts";
import { TrimDialog } from "./trim.tsx";

export function ActivityHeader({ detail, track }: { detail: ActivityAnswer; track: Track }) {
  const change = useChangeActivity(detail.id);
  const [isTitleOpen, setTitleOpen] = useState(false);
  const [isDescriptionOpen, setDescriptionOpen] = useState(false);
  const [isTrimOpen, setTrimOpen] = useState(false);
  const { isOwn } = detail;
  useKeys(isOwn ? { e: () => setTitleOpen(true) } : {});
  return (
    <header className="mb-4">
      <Link
        to="/activities"
        className="target -ml-1 mb-1 inline-flex items-center gap-1 rounded px-1 py-0.5 text-ink-2 text-s hover:text-ink max-md:-mt-3 max-md:mb-0"
      >
        <ArrowLeft size={14} aria-hidden /> Activities
      </Link>
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0 flex-1 basis-80">
          {isTitleOpen ? (
            <TitleForm title={detail.title} change={change} close={() => setTitleOpen(false)} />
          ) : isOwn ? (
            <h1 className="-mx-2">
              <button
                type="button"
                title="Edit the title (E)"
                onClick={() => setTitleOpen(true)}
                className="target group max-w-full rounded-box px-2 text-left [overflow-wrap:anywhere] hover:bg-sunken"
              >
                {detail.title}
                <Pencil
                  size={16}
                  className="ml-2 inline text-ink-3 opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100"
                  aria-hidden
                />
              </button>
            </h1>
          ) : (
            <h1 className="[overflow-wrap:anywhere]">{detail.title}</h1>
          )}
          <Facts detail={detail} change={change} />
        </div>
        <div className="flex flex-wrap gap-2">
          {isOwn && (
            <VisibilityMenu detail={detail} change={change} onTrim={() => setTrimOpen(true)} />
          )}
          <Menu
            align="end"
            trigger={
              <button type="button" className="button">
                <Download size={15} aria-hidden /> Export <ChevronDown size={14} aria-hidden />
              </button>
            }
          >
            <MenuLink href={exportUrl(detail.id, "gpx")}>GPX, the cleaned track</MenuLink>
            <MenuLink href={exportUrl(detail.id, "geojson")}>GeoJSON, with the match</MenuLink>
          </Menu>
          {isOwn && (
            <MoreMenu
              detail={detail}
              onTitle={() => setTitleOpen(true)}
              onDescription={() => setDescriptionOpen(true)}
              onTrim={() => setTrimOpen(true)}
            />
          )}
        </div>
      </div>
      <Description
        detail={detail}
        change={change}
        isOpen={isDescriptionOpen}
        onOpenChange={setDescriptionOpen}
      />
      {isOwn && (
        <TrimDialog
          isOpen={isTrimOpen}
          onOpenChange={setTrimOpen}
          detail={detail}
          track={track}
          change={change}
        />
      )}
    </header>
  );
}

function Facts({ detail, change }: { detail: ActivityAnswer; change: ChangeActivity }) {
  return (
    <p className="mt-1.5 flex flex-wrap items-center gap-x-2 text-ink-2 text-s">
      <SportSign sport={detail.sport} size={15} />
      {detail.isOwn ? (
        <select
          aria-label="Sport"
          value={detail.sport}
          onChange={(event) => {
            change({ sport: event.target.value }).catch((error: unknown) =>
              tell({ text: sentenceOf(error), isFault: true }),
            );
          }}
          className="target chooser field-sizing-content -mx-1 rounded bg-transparent py-0.5 !pr-5 pl-1 hover:bg-sunken hover:text-ink [background-position:right_0.125rem_center]"
        >
          {[...new Set([...SPORTS, detail.sport])].map((sport) => (
            <option key={sport} value={sport}>
              {sportLook(sport).name}
            </option>
          ))}
        </select>
      ) : (
        sportLook(detail.sport).name
      )}
      <span aria-hidden>·</span>
      <time dateTime={new Date(detail.startMs).toISOString()} title={fullWhen(detail.startMs)}>
        {when(detail.startMs, Date.now())}
      </time>
      <span aria-hidden>·</span>
      {detail.athlete}
      {detail.isVirtual && (
        <>
          <span aria-hidden>·</span> virtual
        </>
      )}
    </p>
  );
}

/** Enter keeps, Escape leaves as it was; words that could not be kept stay in the field. */
function TitleForm(props: { title: string; change: ChangeActivity; close: () => void }) {
  const [text, setText] = useState(props.title);
  const [fault, setFault] = useState("");
  const [isBusy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    const title = text.trim();
    if (title === props.title) return props.close();
    if (!title) return setFault("A title is needed.");
    setBusy(true);
    try {
      await props.change({ title });
      props.close();
    } catch (error) {
      setFault(sentenceOf(error));
      setBusy(false);
    }
  };
  return (
    <form
      className="-ml-2 grid max-w-xl gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBusy) void save();
      }}
    >
      <h1 className="sr-only">{props.title}</h1>
      <div className="flex gap-2">
        <input
          aria-label="Title"
          value={text}
          maxLength={200}
          // biome-ignore lint/a11y/noAutofocus: it was opened to be typed into
          autoFocus
          onFocus={(event) => event.currentTarget.select()}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") props.close();
          }}
          className="input min-w-0 font-[620] !text-xl tracking-[-0.021em] !px-2 !py-0.5"
        />
        <button type="submit" className="button button-main" disabled={isBusy}>
          {isBusy ? "Saving…" : "Save"}
        </button>
        <button type="button" className="button" onClick={props.close}>
          Cancel
        </button>
      </div>
      <FormFault>{fault}</FormFault>
    </form>
  );
}

function Description(props: {
  detail: ActivityAnswer;
  change: ChangeActivity;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}) {
  const { detail, change, isOpen, onOpenChange } = props;
  if (isOpen) {
    return (
      <DescriptionForm
        text={detail.description}
        change={change}
        close={() => onOpenChange(false)}
      />
    );
  }
  if (!detail.description) return null;
  return (
    <p className="mt-3 max-w-prose whitespace-pre-line text-ink-2 [overflow-wrap:anywhere]">
      {detail.description}
    </p>
  );
}

function DescriptionForm(props: { text: string; change: ChangeActivity; close: () => void }) {
  const [text, setText] = useState(props.text);
  const [fault, setFault] = useState("");
  const [isBusy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    setBusy(true);
    try {
      await props.change({ description: text.trim() });
      props.close();
    } catch (error) {
      setFault(sentenceOf(error));
      setBusy(false);
    }
  };
  return (
    <form
      className="mt-3 grid max-w-xl gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBusy) void save();
      }}
    >
      <textarea
        aria-label="Description"
        value={text}
        rows={4}
        maxLength={10_000}
        // biome-ignore lint/a11y/noAutofocus: it was opened to be typed into
        autoFocus
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") props.close();
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void save();
        }}
        className="input"
        placeholder="How was it?"
      />
      <FormFault>{fault}</FormFault>
      <div className="flex gap-2">
        <button type="submit" className="button button-main" disabled={isBusy}>
          {isBusy ? "Saving…" : "Save"}
        </button>
        <button type="button" className="button" onClick={props.close}>
          Cancel
        </button>
      </div>
    </form>
  );
}

function VisibilityMenu(props: {
  detail: ActivityAnswer;
  change: ChangeActivity;
  onTrim: () => void;
}) {
  const { detail, change, onTrim } = props;
  const isPrivate = detail.visibility === "only_me";
  const { units } = useUnits();
  const hidden = (detail.hiddenStartM ?? 0) + (detail.hiddenEndM ?? 0);
  const hiddenWords = distance(hidden, units);
  return (
    <Menu
      align="end"
      trigger={
        <button
          type="button"
          className="button"
          aria-label={`Who sees it: ${isPrivate ? "only me" : "everyone"}`}
        >
          {isPrivate ? <Lock size={15} aria-hidden /> : <Globe size={15} aria-hidden />}
          {isPrivate ? "Only me" : "Everyone"}
          <ChevronDown size={14} aria-hidden />
        </button>
      }
    >
      <MenuChoices
        name="Who sees it"
        value={detail.visibility}
        onChange={(visibility) => {
          change({ visibility }).catch((error: unknown) =>
            tell({ text: sentenceOf(error), isFault: true }),
          );
        }}
        choices={[
          {
            value: "everyone",
            name: "Everyone",
            note: "All members of this server",
            sign: <Globe size={16} aria-hidden />,
          },
          {
            value: "only_me",
            name: "Only me",
            note: "Nobody else finds or opens it",
            sign: <Lock size={16} aria-hidden />,
          },
        ]}
      />
      {detail.bbox && (
        <>
          <MenuLine />
          <MenuItem sign={<Scissors size={16} aria-hidden />} onSelect={onTrim}>
            {hidden > 0
              ? `Hidden ends: ${hiddenWords.value} ${hiddenWords.unit}`
              : "Hide the ends…"}
          </MenuItem>
        </>
      )}
    </Menu>
  );
}

function MoreMenu(props: {
  detail: ActivityAnswer;
  onTitle: () => void;
  onDescription: () => void;
  onTrim: () => void;
}) {
  const { detail } = props;
  const queries = useQueryClient();
  const navigate = useNavigate();
  return (
    <Menu
      align="end"
      trigger={
        <button type="button" className="button !px-2" aria-label="More of this activity to do">
          <Ellipsis size={18} aria-hidden />
        </button>
      }
    >
      <MenuItem sign={<Pencil size={16} aria-hidden />} onSelect={props.onTitle}>
        Edit the title
      </MenuItem>
      <MenuItem sign={<Pencil size={16} aria-hidden />} onSelect={props.onDescription}>
        {detail.description ? "Edit the description" : "Add a description"}
      </MenuItem>
      {detail.bbox && (
        <MenuItem sign={<Scissors size={16} aria-hidden />} onSelect={props.onTrim}>
          Hide the ends…
        </MenuItem>
      )}
      <MenuLine />
      <MenuItem
        isFault
        sign={<Trash2 size={16} aria-hidden />}
        onSelect={() => {
          deleteWithWayBack(queries, detail, () => {
            void navigate({ to: "/activities/$id", params: { id: detail.id }, search: {} });
          });
          void navigate({ to: "/activities", search: {} });
        }}
      >
        Delete
      </MenuItem>
    </Menu>
  );
}
