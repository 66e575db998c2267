/** The ways from a page of tiles: to another label, and to a picture with all its labels. */
import { useNavigate } from "react-router";

export function usePlaces(project: number) {
  const navigate = useNavigate();
  const base = `/projects/${project.toString()}`;
  return {
    toLabel: (label: number | string) => void navigate(`${base}/by-label/${label.toString()}`),
    toPicture: (image: number) => void navigate(`${base}/label?image=${image.toString()}`),
  };
}
