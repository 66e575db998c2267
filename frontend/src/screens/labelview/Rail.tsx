/** All labels with how far each is; a click jumps. The fullest bars are nearly done, the dot asks for work most. */
import { useEffect, useRef } from "react";
import { Link } from "react-router";

import type { Label, Progress } from "../../api/types";
import { Meter } from "../../ui/Meter";

type Row = Progress["labels"][number];

interface Props {
  base: string;
  labels: readonly Label[];
  rows: readonly Row[];
  current: number;
  upNext: number | null;
}

export function Rail({ base, labels, rows, current, upNext }: Props) {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const rail = useRef<HTMLElement>(null);
  useEffect(() => {
    rail.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }, [current]);
  return (
    <nav ref={rail} className="rail" aria-label="Labels">
      <ul>
        {labels.map((label) => {
          const row = byId.get(label.id);
          return (
            <li key={label.id}>
              <Link
                className="rail-item"
                to={`${base}/${label.id.toString()}`}
                aria-current={label.id === current ? "page" : undefined}
              >
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
