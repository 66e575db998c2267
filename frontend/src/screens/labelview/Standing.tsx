/** How the label stands: found, expected to be left with its interval, still unknown. */
import type { LabelPage } from "../../api/types";
import { about, number } from "../../ui/numbers";

export function Standing({ page }: { page: LabelPage }) {
  const { found, expected_left: left, remaining_unknown: unknown } = page;
  return (
    <dl className="standing-line">
      <div>
        <dt>found</dt>
        <dd>{number(found)}</dd>
      </div>
      <div
        title={
          left
            ? "Expected among the unknown pictures, with the interval that probably holds it"
            : "Only the label’s name is known: the model learns from the first marks"
        }
      >
        <dt>expected left</dt>
        <dd>
          {left && about(left.value)}
          <span className="standing-range">{left ? `${about(left.low)}–${about(left.high)}` : "not known yet"}</span>
        </dd>
      </div>
      <div>
        <dt>unknown</dt>
        <dd>{number(unknown)}</dd>
      </div>
    </dl>
  );
}
