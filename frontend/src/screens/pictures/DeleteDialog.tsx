/** Deleting pictures names how many, and whose work goes out of sight with them. */
import { LIMITS } from "../../api/limits";
import { workOn } from "../../parts/pictures/reasons";
import type { Picture } from "../../parts/pictures/reasons";
import { Button } from "../../ui/Button";
import { counted } from "../../ui/numbers";
import { Sheet } from "../../ui/Sheet";

interface Props {
  pictures: readonly Picture[];
  isOpen: boolean;
  onClose: () => void;
  onDelete: () => void;
}

export function DeleteDialog({ pictures, isOpen, onClose, onDelete }: Props) {
  const many = pictures.length !== 1;
  return (
    <Sheet
      title={many ? `Delete ${counted(pictures.length, "picture")}?` : `Delete ${pictures[0]?.file_name ?? ""}?`}
      isOpen={isOpen}
      onClose={onClose}
    >
      <div className="form">
        <p data-testid="delete-work">
          {many ? `${counted(pictures.length, "picture")} leave` : "It leaves"} queue, training and export, with{" "}
          {workOn(pictures)}. For {counted(LIMITS.daysToTakeBack, "day")} {many ? "they" : "it"} can be brought back
          with all of them.
        </p>
        <div className="form-end">
          <Button onPress={onClose}>Keep {many ? "them" : "it"}</Button>
          <Button
            kind="danger"
            icon="bin"
            autoFocus
            onPress={() => {
              onClose();
              onDelete();
            }}
          >
            Delete
          </Button>
        </div>
      </div>
    </Sheet>
  );
}
