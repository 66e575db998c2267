/** All labels with how far each is; a click jumps. The fullest bars are nearly done, the dot asks for work most. */
import { Link } from "react-router";

import type { Label, Progress } from "../../api/types";
import { Meter } from "../../ui/Meter";

type Row = Progress["labels"][number];

/** Positives still expected among the unknown; a label without an estimate counts by how much is unknown. */
function wanting(row: Row): number {
  return row.expected_positives ?? row.unknown / 1000;
}

/** The label that most positives are still expected of, other than this one; null when all are decided. */
export function nextLabel(rows: readonly Row[], current: number): number | null {
  const open = rows.filter((row) => row.unknown > 0 && row.id !== current);
  return open.toSorted((one, other) => wanting(other) - wanting(one))[0]?.id ?? null;
}

interface Props {
  base: string;
  labels: readonly Label[];
  rows: readonly Row[];
  current: number;
}

export function Rail({ base, labels, rows, current }: Props) {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const upNext = nextLabel(rows, current);
  return (
    <nav className="rail" aria-label="Labels">
      <ul>
        {labels.map((label) => {
          const row = byId.get(label.id);
          return (
            <li key={label.id}>
              <Link className="rail-item" to={`${base}/${label.id.toString()}`} aria-current={label.id === current ? "page" : undefined}>
                <span className="rail-name">
                  <span className="rail-dot" style={{ background: label.colour }} aria-hidden="true" />
                  {label.name}
                </span>
                <span className="rail-number">
                  {label.id === upNext && <span className="rail-next">next</span>}
                  {row?.present ?? label.positives}
                </span>
                {row && <Bar row={row} />}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

function Bar({ row }: { row: Row }) {
  const all = Math.max(1, row.present + row.absent + row.unknown);
  return (
    <Meter
      label="Decided"
      parts={[
        { value: row.present / all, tone: "present" },
        { value: row.absent / all, tone: "absent" },
      ]}
    />
  );
}
