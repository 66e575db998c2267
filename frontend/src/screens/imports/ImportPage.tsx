/** Import: choose files, read the plan, answer what is asked, run it, take it back. It goes on when the page is left. */
import { Link, useSearchParams } from "react-router";

import { useThisProject } from "../../frame/ProjectFrame";
import { ProjectShell } from "../../frame/ProjectShell";
import { number } from "../../ui/numbers";
import { ChooseFiles } from "./ChooseFiles";
import { ImportView } from "./ImportView";
import { countedAs, resultOf } from "./result";
import { useImports } from "./useImport";
import type { ImportBrief } from "./useImport";
import "./imports.css";

const STATES: Readonly<Record<ImportBrief["state"], string>> = {
  planning: "Being looked at",
  asks: "Has open questions",
  ready: "Planned, not run",
  running: "Importing",
  done: "Imported",
  stopped: "Stopped on the way",
  undoing: "Being taken back",
  undone: "Taken back",
  failed: "Failed",
};
const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const LISTED = 10;

export default function ImportPage() {
  const project = useThisProject();
  const [search, setSearch] = useSearchParams();
  const open = Number(search.get("import")) || null;
  return (
    <ProjectShell
      title="Import"
      lead="Pictures, folders, a zip, a table of labels. You read what was understood, answer what is asked, and get exactly that; it can be taken back as one act."
    >
      {open === null ? (
        <div className="two">
          <ChooseFiles project={project.id} onPlanned={(id) => setSearch({ import: id.toString() })} />
          <Imports project={project.id} />
        </div>
      ) : (
        <ImportView key={open} project={project.id} id={open} onClose={() => setSearch({})} />
      )}
    </ProjectShell>
  );
}

function Imports({ project }: { project: number }) {
  const imports = useImports(project).data ?? [];
  return (
    <section className="part" aria-labelledby="imports">
      <h2 id="imports">Imports</h2>
      {imports.length === 0 && <p className="part-note">Imports appear here. They go on when this page is left.</p>}
      <ul className="imports-list">
        {imports.slice(0, LISTED).map((one) => (
          <li key={one.id}>
            <Link to={`/projects/${project.toString()}/import?import=${one.id.toString()}`}>{STATES[one.state]}</Link>
            <span className="import-short">{one.state === "done" ? shortly(one) : ""}</span>
            <span className="part-note">{WHEN.format(new Date(one.created_at))}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The counts in a line. */
function shortly(one: ImportBrief): string {
  const { counts, broughtNothing } = resultOf(one);
  if (broughtNothing) return "nothing new";
  return counts
    .filter(([, count]) => count > 0)
    .slice(0, 3)
    .map(([key, count]) => `${number(count)} ${countedAs(key, count)}`)
    .join(", ");
}
