/** The pictures of the project: in use, set aside with a reason, deleted; and the ways from one to the other. */
import { useEffect, useMemo, useRef, useState } from "react";
import { useSearchParams } from "react-router";

import { LIMITS } from "../../api/limits";
import { sayError } from "../../api/errors";
import { useMembers } from "../../api/queries";
import { useThisProject } from "../../frame/ProjectFrame";
import { ProjectShell } from "../../frame/ProjectShell";
import { FlagDialog } from "../../parts/pictures/FlagDialog";
import type { Picture } from "../../parts/pictures/reasons";
import { useAnnounce } from "../../ui/announce";
import { Button } from "../../ui/Button";
import { Segments } from "../../ui/Choice";
import { Empty, Waiting } from "../../ui/Empty";
import { counted, number } from "../../ui/numbers";
import { DeleteDialog } from "./DeleteDialog";
import { PictureGrid } from "./PictureGrid";
import { usePictureActs, usePictures } from "./usePictures";
import type { PictureState } from "./usePictures";
import "./pictures.css";

const WORDS: Readonly<Record<PictureState, string>> = { usable: "In use", flagged: "Set aside", deleted: "Deleted" };
const NONE: Readonly<Record<PictureState, string>> = {
  usable: "No picture is in use",
  flagged: "No picture is set aside",
  deleted: `No picture was deleted in the last ${counted(LIMITS.daysToTakeBack, "day")}`,
};
const PAUSE_MS = 300;

/** Which pictures are listed: their state, which the address names, and what their names hold. */
function useListed(isLead: boolean) {
  const [address, setAddress] = useSearchParams();
  const states = (Object.keys(WORDS) as PictureState[]).filter((one) => isLead || one !== "deleted");
  const state = states.find((one) => one === address.get("state")) ?? "usable";
  const [typed, setTyped] = useState("");
  const search = useSettled(typed);
  const show = (next: PictureState) => setAddress(next === "usable" ? {} : { state: next }, { replace: true });
  return { states, state, show, typed, setTyped, search };
}

type Listed = ReturnType<typeof useListed>;

export default function PicturesPage() {
  const project = useThisProject();
  const isLead = project.role === "lead";
  const listed = useListed(isLead);
  const { state, search } = listed;
  const list = usePictures(project.id, state, search);
  const pictures = useMemo(() => list.data?.pages.flatMap((page) => page.results) ?? [], [list.data]);
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const nameOf = useNames(project.id);
  const acts = usePictureActs(project.id);
  const chooseNone = () => setChosen(new Set());
  return (
    <ProjectShell
      title="Pictures"
      lead="What is set aside or deleted leaves queue, training and export. Its marks are kept, and come back with it."
    >
      <Bar listed={listed} counts={list.data?.pages[0]?.counts} onShow={chooseNone} />
      <LastAct done={acts.done} error={acts.error} isSending={acts.isSending} onUndo={acts.undo} />
      {list.isPending && <Waiting what="Reading the pictures" />}
      {list.isError && !list.data && <NotRead error={list.error} onAgain={() => void list.refetch()} />}
      {list.data && pictures.length === 0 && (
        <Empty title={search ? `No picture here is called “${search}”` : NONE[state]} />
      )}
      {pictures.length > 0 && (
        <>
          <Chosen
            state={state}
            picked={pictures.filter((picture) => chosen.has(picture.id))}
            isLead={isLead}
            onAll={() => setChosen(new Set(pictures.map((picture) => picture.id)))}
            onNone={chooseNone}
            onAct={(...one) => {
              acts.act(...one);
              chooseNone();
            }}
          />
          <PictureGrid
            label={`Pictures, ${WORDS[state].toLowerCase()}`}
            pictures={pictures}
            chosen={chosen}
            onChoose={setChosen}
            nameOf={nameOf}
          />
        </>
      )}
      {list.hasNextPage && (
        <Button isDisabled={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
          Show more
        </Button>
      )}
    </ProjectShell>
  );
}

interface BarProps {
  listed: Listed;
  counts: Readonly<Record<PictureState, number>> | undefined;
  /** Others are listed now. */
  onShow: () => void;
}

function Bar({ listed, counts, onShow }: BarProps) {
  const { states, state, show, typed, setTyped } = listed;
  return (
    <div className="pictures-bar">
      <Segments<PictureState>
        label="Which pictures"
        value={state}
        options={states.map((value) => ({
          value,
          text: counts ? `${WORDS[value]} ${number(counts[value])}` : WORDS[value],
        }))}
        onChange={(next) => {
          onShow();
          show(next);
        }}
      />
      <input
        className="pictures-find"
        type="search"
        placeholder="Find by file name"
        aria-label="Find by file name"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    </div>
  );
}

function NotRead({ error, onAgain }: { error: Error; onAgain: () => void }) {
  return (
    <Empty title="The pictures could not be read" tone="bad" action={<Button onPress={onAgain}>Try again</Button>}>
      {sayError(error)}
    </Empty>
  );
}

interface ChosenProps {
  state: PictureState;
  picked: readonly Picture[];
  isLead: boolean;
  onAll: () => void;
  onNone: () => void;
  onAct: ReturnType<typeof usePictureActs>["act"];
}

/** What can be done with the chosen pictures. The bar keeps its place while nothing is chosen. */
function Chosen({ state, picked, isLead, onAll, onNone, onAct }: ChosenProps) {
  const [flagging, setFlagging] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const none = picked.length === 0;
  const first = picked[0]?.flagged ?? "";
  return (
    <div className="pictures-chosen" role="toolbar" aria-label="Chosen pictures">
      <span className="pictures-count">{none ? "None chosen" : `${counted(picked.length, "picture")} chosen`}</span>
      <Button kind="quiet" onPress={none ? onAll : onNone}>
        {none ? "Choose all shown" : "Choose none"}
      </Button>
      {state === "flagged" && (
        <Button isDisabled={none} onPress={() => onAct({ act: "unflag" }, picked)}>
          Use again
        </Button>
      )}
      {state !== "deleted" && (
        <Button icon="flag" isDisabled={none} onPress={() => setFlagging(true)}>
          {state === "flagged" ? "Another reason" : "Set aside"}
        </Button>
      )}
      {state !== "deleted" && isLead && (
        <Button kind="danger" icon="bin" isDisabled={none} onPress={() => setDeleting(true)}>
          Delete
        </Button>
      )}
      {state === "deleted" && (
        <Button icon="undo" isDisabled={none} onPress={() => onAct({ act: "restore" }, picked)}>
          Bring back
        </Button>
      )}
      <FlagDialog
        count={flagging ? picked.length : 0}
        flagged={picked.every((picture) => picture.flagged === first) ? first : ""}
        onClose={() => setFlagging(false)}
        onFlag={(reason) => onAct({ act: "flag", reason }, picked)}
      />
      <DeleteDialog
        pictures={picked}
        isOpen={deleting}
        onClose={() => setDeleting(false)}
        onDelete={() => onAct({ act: "delete" }, picked)}
      />
    </div>
  );
}

type LastActProps = Pick<ReturnType<typeof usePictureActs>, "done" | "error" | "isSending"> & { onUndo: () => void };

/** What was done last, with the way back; the pictures that had the focus have left the list. */
function LastAct({ done, error, isSending, onUndo }: LastActProps) {
  const announce = useAnnounce();
  const line = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (!done) return;
    announce(done.text);
    line.current?.focus();
  }, [done, announce]);
  if (error) {
    return (
      <p className="field-error" role="alert">
        {sayError(error)}
      </p>
    );
  }
  if (!done) return null;
  return (
    <p ref={line} className="pictures-done" tabIndex={-1} data-testid="last-act">
      {done.text}
      {done.back.length > 0 && (
        <Button kind="quiet" className="pictures-undo" icon="undo" isDisabled={isSending} onPress={onUndo}>
          Undo
        </Button>
      )}
    </p>
  );
}

function useNames(project: number) {
  const members = useMembers(project);
  return useMemo(() => {
    const names = new Map(members.data?.map(({ user }) => [user.id, user.display_name || user.username]));
    return (person: number | null) => (person === null ? "" : (names.get(person) ?? "somebody who has left"));
  }, [members.data]);
}

/** The text once it has rested for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
