/** What a plan would do: pictures, cells, labels, and whose words are met. */
import { StateGlyph } from "../../ui/State";
import { counted, noun, number } from "../../ui/numbers";
import { Table } from "../../ui/Table";
import type { ImportPlan } from "./useImport";

const LABELS_SHOWN = 60;

export function Consequences({ plan, isStale }: { plan: ImportPlan; isStale: boolean }) {
  const { pictures, consequences } = plan;
  return (
    <section
      className="part"
      aria-labelledby="plan-consequences"
      data-testid="consequences"
      data-stale={isStale || undefined}
    >
      <header className="part-head">
        <h2 id="plan-consequences">What will happen</h2>
        {isStale && <span className="part-note">being worked out anew</span>}
      </header>
      <ul className="outcomes">
        {pictures.new > 0 && <li>{counted(pictures.new, "new picture")}</li>}
        {pictures.known > 0 && <li>{counted(pictures.known, "picture")} here already</li>}
        {pictures.restored > 0 && <li>{counted(pictures.restored, "picture")} back from the bin</li>}
        {pictures.bin > pictures.restored && (
          <li>{counted(pictures.bin - pictures.restored, "picture")} left in the bin</li>
        )}
        {pictures.refused > 0 && <li className="outcome-bad">{counted(pictures.refused, "file")} refused</li>}
      </ul>
      {consequences ? (
        <Cells plan={plan} consequences={consequences} />
      ) : (
        plan.table && (
          <p className="part-note">What becomes of which label is told once the open questions are answered.</p>
        )
      )}
      <NewLabels labels={plan.new_labels} />
    </section>
  );
}

function Cells({ plan, consequences }: { plan: ImportPlan; consequences: NonNullable<ImportPlan["consequences"]> }) {
  const nothing = consequences.present + consequences.absent + consequences.cant_tell + consequences.cleared === 0;
  return (
    <>
      <dl className="cells" data-testid="cells">
        <Count state="present" words="become present" count={consequences.present} />
        <Count state="absent" words="become absent" count={consequences.absent} />
        {consequences.cant_tell > 0 && <Count state="cant-tell" words="can’t tell" count={consequences.cant_tell} />}
        <Count state="unknown" words="stay unknown" count={consequences.unknown} />
      </dl>
      <ul className="outcomes">
        {consequences.same > 0 && <li>{counted(consequences.same, "cell")} already so</li>}
        {consequences.corrected > 0 && <li>{counted(consequences.corrected, "mark")} of earlier imports corrected</li>}
        {consequences.cleared > 0 && <li>{counted(consequences.cleared, "mark")} set back to unknown</li>}
        {consequences.people.overridden && (
          <li className="outcome-bad">{counted(total(consequences.people.by), "mark")} of people overridden</li>
        )}
        {consequences.kept > 0 && <li>{counted(consequences.kept, "cell")} left as people said</li>}
      </ul>
      {nothing && plan.pictures.new + plan.pictures.restored === 0 && (
        <p className="part-note">This would change nothing.</p>
      )}
      <details className="plan-labels">
        <summary>Label by label</summary>
        <Table
          columns={[
            { head: "Label" },
            { head: "Present", number: true },
            { head: "Absent", number: true },
            { head: "Can’t tell", number: true },
            { head: "Stays unknown", number: true },
            { head: "Already so", number: true },
          ]}
        >
          {consequences.labels.slice(0, LABELS_SHOWN).map((label) => (
            <tr key={label.name}>
              <td>
                {label.name} {label.is_new && <span className="tag">new</span>}
              </td>
              {[label.present, label.absent, label.cant_tell, label.unknown, label.same].map((count, place) => (
                <td key={place} className="number">
                  {number(count)}
                </td>
              ))}
            </tr>
          ))}
        </Table>
        {consequences.labels.length > LABELS_SHOWN && (
          <p className="part-note">and {counted(consequences.labels.length - LABELS_SHOWN, "more label")}</p>
        )}
      </details>
    </>
  );
}

const total = (people: readonly { count: number }[]) => people.reduce((sum, one) => sum + one.count, 0);

function Count({
  state,
  words,
  count,
}: {
  state: "present" | "absent" | "unknown" | "cant-tell";
  words: string;
  count: number;
}) {
  return (
    <div data-state={state}>
      <dd>
        <StateGlyph state={state} size={18} /> {number(count)}
      </dd>
      <dt>{words}</dt>
    </div>
  );
}

function NewLabels({ labels }: { labels: ImportPlan["new_labels"] }) {
  if (labels.length === 0) return null;
  return (
    <div className="new-labels" data-testid="new-labels">
      <h3>
        {counted(labels.length, "new label")} {noun(labels.length, "is made", "are made")}
      </h3>
      <ul>
        {labels.slice(0, LABELS_SHOWN).map((label) => (
          <li key={label.name} data-like={label.like.length > 0 || undefined}>
            <strong>{label.name}</strong>
            {label.like.length > 0 && <span> (resembles {label.like.map((name) => `“${name}”`).join(" and ")})</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}
