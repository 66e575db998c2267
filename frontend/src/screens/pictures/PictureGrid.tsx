/** Pictures to choose from: arrows move, space chooses, Shift with an arrow chooses a row of them. */
import { Checkbox, GridList, GridListItem } from "react-aria-components";

import type { Picture } from "../../parts/pictures/reasons";
import { Icon } from "../../ui/Icon";
import { counted } from "../../ui/numbers";

interface Props {
  label: string;
  pictures: readonly Picture[];
  chosen: ReadonlySet<number>;
  onChoose: (chosen: ReadonlySet<number>) => void;
  nameOf: (person: number | null) => string;
}

export function PictureGrid({ label, pictures, chosen, onChoose, nameOf }: Props) {
  return (
    <GridList<Picture>
      className="picture-grid"
      aria-label={label}
      layout="grid"
      selectionMode="multiple"
      items={pictures}
      dependencies={[nameOf]}
      selectedKeys={chosen}
      onSelectionChange={(keys) =>
        onChoose(keys === "all" ? new Set(pictures.map((picture) => picture.id)) : new Set([...keys].map(Number)))
      }
    >
      {(picture) => (
        <GridListItem
          id={picture.id}
          textValue={picture.file_name}
          className="picture-card"
          data-testid={`picture-${picture.row.toString()}`}
        >
          <span className="picture-frame">
            <img src={picture.thumbnail} alt="" loading="lazy" />
            <Checkbox slot="selection" className="picture-tick">
              <span className="tick-box picture-box" aria-hidden="true">
                <Icon name="check" size={14} />
              </span>
            </Checkbox>
          </span>
          <span className="picture-name">{picture.file_name}</span>
          <span className="picture-facts">
            {picture.flagged && <span className="tag tag-flag">{picture.flagged}</span>}
            <span>{factsOf(picture, nameOf)}</span>
          </span>
        </GridListItem>
      )}
    </GridList>
  );
}

function factsOf(picture: Picture, nameOf: Props["nameOf"]): string {
  const marks = picture.work.reduce((sum, one) => sum + one.marks, 0);
  const by = picture.deleted_at === null ? picture.flagged_by : picture.deleted_by;
  return [
    picture.days_left === null ? "" : `${counted(picture.days_left, "day")} left`,
    by === null ? "" : `by ${nameOf(by)}`,
    marks === 0 ? "no marks" : counted(marks, "mark"),
  ]
    .filter(Boolean)
    .join(", ");
}
