/** Files, lines and cells that did not come in, each with the reason. */
import { counted } from "../../ui/numbers";
import type { RowError } from "./result";

const SHOWN = 100;

export function Refusals({ errors, total }: { errors: readonly RowError[]; total: number }) {
  if (errors.length === 0) return null;
  return (
    <div className="refusals" data-testid="refusals">
      <h3>{counted(total, "file, line or cell is", "files, lines or cells are")} left out</h3>
      {/* It scrolls, so it takes the focus. */}
      <ul tabIndex={0} aria-label="What is left out">
        {errors.slice(0, SHOWN).map((error) => (
          <li key={`${error.file}:${(error.line ?? 0).toString()}:${error.message}`}>
            <span className="mono">
              {error.file}
              {error.line === null ? "" : `:${error.line.toString()}`}
            </span>{" "}
            {error.message}
          </li>
        ))}
      </ul>
      {total > SHOWN && <p className="part-note">The first {SHOWN} are listed.</p>}
    </div>
  );
}
