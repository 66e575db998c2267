/** What changed from one snapshot to the next: how many cells, which, and who said so. Read when it is opened. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";

import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import { keys } from "../../api/queries";
import type { Schemas, Value } from "../../api/types";
import { Waiting } from "../../ui/Empty";
import { counted } from "../../ui/numbers";
import { STATE_WORDS, stateOfValue } from "../../ui/State";
import { Table } from "../../ui/Table";

type Told = Schemas["DifferenceShape"];

const COLUMNS = [{ head: "Picture" }, { head: "Label" }, { head: "From" }, { head: "To" }, { head: "By" }];
/** So many cells are enough to see what kind of change it was; the table has all. */
const SHOWN = 20;

const word = (value: number) => STATE_WORDS[stateOfValue(value as Value)];

interface Props {
  project: number;
  before: number;
  after: number;
}

export function Difference({ project, before, after }: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="exports-more" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>What changed since snapshot {before}</summary>
      {isOpen && <Changes project={project} before={before} after={after} />}
    </details>
  );
}

function Changes({ project, before, after }: Props) {
  const told = useQuery<Told>({
    queryKey: [...keys.snapshots(project), before, after],
    queryFn: () =>
      unwrap(
        api.GET("/api/projects/{project}/snapshots/{number}/changes/{later}/", {
          params: { path: { project, number: before, later: after } },
        }),
      ),
    // Neither of the two ever changes.
    staleTime: Infinity,
  });
  if (told.isPending) return <Waiting what="Comparing" />;
  if (told.isError)
    return (
      <p className="field-error" role="alert">
        {sayError(told.error)}
      </p>
    );
  return <Answer project={project} told={told.data} />;
}

function Answer({ project, told }: { project: number; told: Told }) {
  if (told.count === 0) return <p className="part-note">No cell changed.{besides(told)}</p>;
  return (
    <>
      <p className="part-note">
        {counted(told.count, "cell")} changed:{" "}
        {told.counts
          .map((one) => `${one.count.toLocaleString()} from ${word(one.before)} to ${word(one.after)}`)
          .join(", ")}
        .{besides(told)}
      </p>
      <Table columns={COLUMNS} className="exports-changes">
        {told.cells.slice(0, SHOWN).map((cell) => (
          <tr key={`${cell.sha256} ${cell.label}`}>
            <td>
              {cell.image === null ? (
                cell.file_name || cell.sha256.slice(0, 16)
              ) : (
                <Link to={`/projects/${project.toString()}/label?image=${cell.image.toString()}`}>
                  {cell.file_name}
                </Link>
              )}
            </td>
            <td>{cell.label}</td>
            <td>{word(cell.before)}</td>
            <td>{word(cell.after)}</td>
            <td>{cell.by || "not known"}</td>
          </tr>
        ))}
      </Table>
      <a className="button" href={told.csv} download>
        {told.count > SHOWN ? `All ${told.count.toLocaleString()} as CSV` : "As CSV"}
      </a>
    </>
  );
}

/** Pictures and labels that came or went: their cells are unknown in the snapshot that does not have them. */
function besides(told: Told): string {
  const parts = [
    told.pictures_added > 0 && `${counted(told.pictures_added, "picture")} more`,
    told.pictures_removed > 0 && `${counted(told.pictures_removed, "picture")} fewer`,
    told.labels_added.length > 0 && `new: ${told.labels_added.join(", ")}`,
    told.labels_removed.length > 0 && `gone: ${told.labels_removed.join(", ")}`,
  ].filter(Boolean);
  return parts.length > 0 ? ` Besides: ${parts.join("; ")}.` : "";
}
