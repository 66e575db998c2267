/** The image view: one picture, all its labels. */
import { Shell } from "../../ui/Shell";
import { useThisProject } from "../ProjectFrame";

export default function ImageView() {
  const project = useThisProject();
  return (
    <Shell fill trail={[{ text: project.name, to: `/projects/${project.id.toString()}` }, { text: "Label" }]}>
      <p />
    </Shell>
  );
}
