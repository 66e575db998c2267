/** The live model, how quality has moved, and the button that trains now (for leads). */
import { Link } from "react-router";

import type { Project } from "../../api/types";
import { QualityChart } from "../../parts/versions/QualityChart";
import { Retrain } from "../../parts/versions/Retrain";
import { useVersions } from "../../parts/versions/useVersions";
import { share } from "../../ui/numbers";

export function ModelPart({ project, base }: { project: Project; base: string }) {
  const versions = useVersions(project.id);
  const list = versions.data ?? [];
  const points = list
    .map((version) => ({ number: version.number, live: version.live, ...version.card.metrics }))
    .reverse();
  const { live } = project;
  return (
    <section className="part" aria-labelledby="model">
      <header className="part-head">
        <h2 id="model">Model</h2>
        {project.role === "lead" && <Retrain project={project.id} />}
      </header>
      <div className="model-part">
        <div>
          {live ? (
            <>
              <p className="big-number">{live.map === null ? "From the names alone" : `${share(live.map)} mAP`}</p>
              <p className="part-note">
                <Link to={`${base}/models/${live.number.toString()}`}>Model {live.number}</Link> suggests now
                {live.map === null && "; it takes blind answers or marks to measure it"}
                {live.map_low !== null &&
                  live.map_high !== null &&
                  `; the truth probably lies between ${share(live.map_low, 0)} and ${share(live.map_high, 0)}`}
                .
              </p>
            </>
          ) : (
            <p className="part-note">
              No model yet. The first reads the label names as soon as there are pictures and labels.
            </p>
          )}
          <ol className="model-list">
            {list.slice(0, 5).map((version) => (
              <li key={version.number}>
                <Link to={`${base}/models/${version.number.toString()}`}>Model {version.number}</Link>
                <span>{share(version.card.metrics.map)}</span>
                {version.live && <span className="tag tag-live">live</span>}
              </li>
            ))}
          </ol>
        </div>
        <QualityChart points={points} base={`${base}/models`} />
      </div>
    </section>
  );
}
