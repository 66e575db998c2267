/**
 * The one table of addresses. Screens of a project stand below ProjectFrame, which reads the project and its live news;
 * each is a lazy default export, so that it is loaded when first opened.
 */
import { lazy } from "react";
import { Link, Route, Routes } from "react-router";

import { Empty } from "../ui/Empty";
import { ProjectFrame } from "./ProjectFrame";
import { ProjectList } from "./projects/ProjectList";

const ImageView = lazy(() => import("./image/ImageView"));
const LabelView = lazy(() => import("./labelview/LabelView"));

export function Screens() {
  return (
    <Routes>
      <Route path="/" element={<ProjectList />} />
      <Route path="/projects/:id" element={<ProjectFrame />}>
        <Route path="label" element={<ImageView />} />
        <Route path="by-label/:label?" element={<LabelView />} />
      </Route>
      <Route path="*" element={<Empty title="There is nothing at this address" action={<Link to="/">All projects</Link>} />} />
    </Routes>
  );
}
