/** What heads a page of tiles: which label, how it stands, what it could be closed with, how the page is made up. */
import type { Label, Project } from "../../api/types";
import type { Hint } from "../../keys/useKeys";
import { Select } from "../../ui/Choice";
import { CloseAllOffer, CloseAllQuietly, CloseLabelOffer, CloseLabelQuietly, ClosingDialog } from "./Closing";
import { Standing } from "./Standing";
import { Toolbar } from "./Toolbar";
import type { Bench } from "./useBench";
import { usePlaces } from "./usePlaces";

interface Props {
  project: Project;
  label: Label;
  labels: readonly Label[];
  bench: Bench;
  hint: Hint;
}

export function LabelHead({ project, label, labels, bench, hint }: Props) {
  const { look, shown, show, closing } = bench;
  const { standing } = bench.page;
  return (
    <header className="label-head">
      <Title project={project} label={label} labels={labels} />
      {standing && <Standing page={standing} />}
      {standing && <CloseLabelOffer closing={closing.label} proposal={standing.proposal} name={label.name} />}
      <CloseAllOffer closing={closing.all} keyHint={hint("close-all")} />
      <Toolbar look={look} shown={shown} suggested={standing?.suggested ?? null} hint={hint} onShown={show}>
        {standing && <CloseLabelQuietly closing={closing.label} proposal={standing.proposal} />}
        <CloseAllQuietly closing={closing.all} keyHint={hint("close-all")} />
      </Toolbar>
      <ClosingDialog closing={closing.label} />
      <ClosingDialog closing={closing.all} />
    </header>
  );
}

function Title({ project, label, labels }: Pick<Props, "project" | "label" | "labels">) {
  const places = usePlaces(project.id);
  return (
    <div className="label-title">
      <span className="label-pick">
        <Select
          label="Label"
          hideLabel
          value={label.id.toString()}
          options={labels.map((one) => ({ value: one.id.toString(), text: one.name }))}
          onChange={places.toLabel}
        />
      </span>
      <h1>{label.name}</h1>
      {label.rule && (
        <p className="label-rule" title={label.rule}>
          {label.rule}
        </p>
      )}
    </div>
  );
}
