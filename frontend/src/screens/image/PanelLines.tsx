/** The lines of the panel above and below the rows: search and model, who else is here, why a suggestion is not taken. */
import { Link } from "react-router";

import type { ImageDetail } from "../../api/types";
import { useHint } from "../../keys/useKeys";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import type { Opened } from "./useOpened";
import type { Rows } from "./useRows";
import { whyNot } from "./whyNot";

interface TopProps {
  project: number;
  detail: ImageDetail;
  rows: Rows;
  opened: Opened;
}

export function PanelTop({ project, detail, rows, opened }: TopProps) {
  const hint = useHint();
  const { frozen, cells } = rows;
  return (
    <div className="panel-top">
      <Button kind="quiet" className="panel-tool" icon="find" keyHint={hint("find")} onPress={opened.find}>
        Find
      </Button>
      {frozen.isStale && (
        <Button
          kind="quiet"
          className="panel-tool"
          icon="sparkle"
          keyHint={hint("sort")}
          aria-label="Sort by the new suggestions"
          onPress={frozen.sort}
        >
          Sort anew
        </Button>
      )}
      <span className="panel-model">
        {cells.checked ? "checked · " : ""}
        {detail.model_version === null ? (
          "no model yet"
        ) : (
          <Link to={`/projects/${project.toString()}/models/${detail.model_version.toString()}`}>
            model {detail.model_version}
          </Link>
        )}
      </span>
    </div>
  );
}

/** Who else has this image open. */
export function Company({ names }: { names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <p className="panel-company">
      <Icon name="people" size={16} /> {names.join(", ")} {names.length === 1 ? "has" : "have"} this picture open too.
    </p>
  );
}

/** Why accepting does not take the suggestion under the cursor. */
export function Why({ rows, cursor, wanted }: { rows: Rows; cursor: number | null; wanted: number }) {
  const label = cursor === null ? undefined : rows.labels.get(cursor);
  const cell = cursor === null ? undefined : rows.cells.byLabel.get(cursor);
  const why = label && cell ? whyNot(cell, label, wanted) : null;
  return (
    <p className="panel-why" title={why ?? undefined}>
      {why !== null && (
        <>
          <strong>{label?.name}</strong> {why}
        </>
      )}
    </p>
  );
}
