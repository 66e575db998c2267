/** No picture to show: still coming, the end, or out of reach; each says what to do, and the keys of moving go on working. */
import { Link } from "react-router";

import { sayError } from "../../api/errors";
import type { Project } from "../../api/types";
import { useHint, useKeys } from "../../keys/useKeys";
import { Button } from "../../ui/Button";
import { Empty, Waiting } from "../../ui/Empty";
import { useFocusKept } from "./useFocusKept";
import type { Queue } from "./useQueue";
import { useTurns } from "./useTurns";

interface Props {
  project: Project;
  queue: Queue;
  error: Error | null;
}

export function NoPicture({ project, queue, error }: Props) {
  const turns = useTurns(project.id, queue);
  const goOn = () => void queue.next();
  const place = useFocusKept<HTMLDivElement>(queue.ended, error, queue.error);
  useKeys("image", { next: goOn, previous: queue.previous, undo: turns.undo, redo: turns.redo });
  return (
    <div className="no-picture" tabIndex={-1} ref={place}>
      <What project={project} queue={queue} error={error} goOn={goOn} />
    </div>
  );
}

function What({ project, queue, error, goOn }: Props & { goOn: () => void }) {
  if (error) {
    return (
      <Empty title="This image could not be read" tone="bad" action={<Moves queue={queue} onNext={goOn} />}>
        {sayError(error)}
      </Empty>
    );
  }
  if (queue.ended !== null) {
    return (
      <Empty
        title={queue.hasPrevious ? "That was the last picture" : "Nothing to label just now"}
        action={<WhatNow project={project} queue={queue} onNext={goOn} />}
      >
        {queue.ended}
      </Empty>
    );
  }
  if (queue.error) {
    return (
      <Empty
        title="The next image is out of reach"
        tone="bad"
        action={<Button onPress={queue.retry}>Try again</Button>}
      >
        {sayError(queue.error)}
      </Empty>
    );
  }
  return <Waiting what="Fetching the next image" />;
}

function Moves({ queue, onNext }: { queue: Queue; onNext: () => void }) {
  const hint = useHint();
  return (
    <div className="end-acts">
      <Button icon="left" keyHint={hint("previous")} isDisabled={!queue.hasPrevious} onPress={queue.previous}>
        Picture before
      </Button>
      <Button kind="main" keyHint={hint("next")} onPress={onNext}>
        Go on
      </Button>
    </div>
  );
}

/** What can be done where the queue ends: look again if something is there, or go where else there is work. */
function WhatNow({ project, queue, onNext }: { project: Project; queue: Queue; onNext: () => void }) {
  const path = `/projects/${project.id.toString()}`;
  const isLead = project.role === "lead";
  if (project.images === 0)
    return isLead ? (
      <Link className="button button-main" to={`${path}/import`}>
        Add pictures
      </Link>
    ) : (
      <Button onPress={queue.retry}>Look again</Button>
    );
  return (
    <>
      {queue.ahead.length > 0 ? (
        <Moves queue={queue} onNext={onNext} />
      ) : (
        <div className="end-acts">
          {queue.hasPrevious && (
            <Button icon="left" onPress={queue.previous}>
              Picture before
            </Button>
          )}
          <Button kind="main" onPress={queue.retry}>
            Look for more
          </Button>
        </div>
      )}
      <p className="end-else">
        New pictures and labels are found by themselves. Elsewhere: <Link to={`${path}/by-label`}>label by label</Link>,{" "}
        <Link to={`${path}/audit`}>blind questions</Link>,{" "}
        {project.role === "annotator" ? null : (
          <>
            <Link to={`${path}/doubts`}>doubts</Link>, <Link to={`${path}/export`}>export</Link>,{" "}
          </>
        )}
        <Link to={path}>how the project stands</Link>.
      </p>
    </>
  );
}
