/** What an import brought, or what taking it back did; taking back is one button. */
import type { ReactNode } from "react";

import { Button } from "../../ui/Button";
import { counted, number } from "../../ui/numbers";
import { Refusals } from "./Refusals";
import { countedAs, resultOf, takenBack } from "./result";
import type { Import } from "./useImport";

interface Props {
  found: Import;
  isPending: boolean;
  onUndo: () => void;
  children: ReactNode;
}

export function Outcome({ found, isPending, onUndo, children }: Props) {
  return found.state === "undone" ? (
    <TakenBack found={found}>{children}</TakenBack>
  ) : (
    <Brought found={found} isPending={isPending} onUndo={onUndo}>
      {children}
    </Brought>
  );
}

function Brought({ found, isPending, onUndo, children }: Props) {
  const result = resultOf(found);
  const isStopped = found.state === "stopped";
  return (
    <section className="part" aria-labelledby="outcome" data-testid="outcome">
      <h2 id="outcome">
        {isStopped ? "Stopped on the way" : result.broughtNothing ? "This import brought nothing new" : "Imported"}
      </h2>
      {isStopped && <p className="part-note">What it brought until then stays, and can be taken back.</p>}
      <dl className="import-counts">
        {result.counts
          .filter(([, count]) => count > 0)
          .map(([key, count]) => (
            <div key={key}>
              <dd>{number(count)}</dd>
              <dt>{countedAs(key, count)}</dt>
            </div>
          ))}
      </dl>
      <Refusals errors={result.errors} total={result.errorsTotal} />
      <div className="form-end">
        <Button isDisabled={isPending} onPress={onUndo}>
          Take it back
        </Button>
        {children}
      </div>
      <p className="part-note">
        Taking it back sets its marks to what they were and puts pictures that only it brought into the bin. What people
        did since stays.
      </p>
    </section>
  );
}

function TakenBack({ found, children }: { found: Import; children: ReactNode }) {
  const { marks, images, left } = takenBack(found);
  return (
    <section className="part" aria-labelledby="outcome" data-testid="outcome">
      <h2 id="outcome">Taken back</h2>
      <p>
        {counted(marks, "cell is", "cells are")} what they were before; {counted(images, "picture is", "pictures are")}{" "}
        in the bin.
      </p>
      {left.length > 0 && (
        <ul className="outcomes">
          {left.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
      )}
      <div className="form-end">{children}</div>
    </section>
  );
}
