/** Before closing writes "absent" over what the model suggests as present: those labels by name, and the three ways on. */
import { useEffect, useRef } from "react";

import type { Label } from "../../api/types";
import { useHint, useKeys } from "../../keys/useKeys";
import { Button } from "../../ui/Button";
import { counted } from "../../ui/numbers";
import { Suggestion } from "../../ui/State";
import type { Closing } from "./useClosing";

interface Props {
  closing: Closing;
  labels: ReadonlyMap<number, Label>;
  version: number | null;
  /** Unknown labels beside those asked about. */
  others: number;
}

export function CloseQuestion({ closing, labels, version, others }: Props) {
  const { asked, present, absent, back } = closing;
  const hint = useHint();
  const text = useRef<HTMLHeadingElement>(null);
  useKeys("closing", { "close-present": present, "close-absent": absent, "close-back": back });
  useEffect(() => text.current?.focus(), []);
  const cells = asked ?? [];
  return (
    <section className="close-question" aria-labelledby="close-question">
      <h2 id="close-question" tabIndex={-1} ref={text}>
        {counted(cells.length, "label is", "labels are")} suggested present here. Closing would say absent.
      </h2>
      <ul>
        {cells.map((cell) => (
          <li key={cell.label}>
            <span className="close-name">{labels.get(cell.label)?.name}</span>
            {cell.score !== null && <Suggestion score={cell.score} version={version} />}
          </li>
        ))}
      </ul>
      <div className="close-acts">
        <Button kind="main" keyHint={hint("close-present")} onPress={present}>
          {others > 0 ? `Present, the other ${others.toString()} absent` : "Present"}
        </Button>
        <Button keyHint={hint("close-absent")} onPress={absent}>
          Absent, all of them
        </Button>
        <Button kind="quiet" keyHint={hint("close-back")} onPress={back}>
          Back to the picture
        </Button>
      </div>
    </section>
  );
}
