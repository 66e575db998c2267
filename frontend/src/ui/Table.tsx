/** The frame of a table: a box that scrolls sideways, and a head. The rows are the caller's own. */
import type { ReactNode } from "react";

export interface Column {
  head: string;
  /** Figures stand at the right. */
  number?: boolean;
  /** Read out, but not shown: for a column of buttons. */
  hidden?: boolean;
  className?: string;
}

interface Props {
  columns: readonly Column[];
  className?: string;
  children: ReactNode;
}

export function Table({ columns, className = "", children }: Props) {
  return (
    <div className="table-box">
      <table className={`table ${className}`}>
        <thead>
          <tr>
            {columns.map(({ head, number = false, hidden = false, className: own }) => (
              <th key={head} scope="col" className={number ? "number" : own}>
                {hidden ? <span className="hidden-text">{head}</span> : head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
