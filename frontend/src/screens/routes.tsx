/**
 * The one table of addresses. Screens of a project stand below ProjectFrame, which reads the project and its live news;
 * each is a lazy default export, so that it is loaded when first opened.
 */
import { lazy } from "react";
import { Link, Route, Routes } from "react-router";

import { Empty } from "../ui/Empty";
import { Shell } from "../ui/Shell";
import { ProjectFrame } from "./ProjectFrame";
import { ProjectList } from "./projects/ProjectList";

const ImageView = lazy(() => import("./image/ImageView"));
const LabelView = lazy(() => import("./labelview/LabelView"));
const ProjectPage = lazy(() => import("./project/ProjectPage"));
const PicturesPage = lazy(() => import("./pictures/PicturesPage"));
const LabelsPage = lazy(() => import("./labels/LabelsPage"));
const ModelsPage = lazy(() => import("./models/ModelsPage"));
const ModelPage = lazy(() => import("./models/ModelPage"));
const AuditPage = lazy(() => import("./audit/AuditPage"));
const DoubtsPage = lazy(() => import("./doubts/DoubtsPage"));
const ImportPage = lazy(() => import("./imports/ImportPage"));
const ExportPage = lazy(() => import("./exports/ExportPage"));
const MembersPage = lazy(() => import("./members/MembersPage"));
const SettingsPage = lazy(() => import("./settings/SettingsPage"));
const PasswordPage = lazy(() => import("./password/PasswordPage"));
const TokensPage = lazy(() => import("./tokens/TokensPage"));

export function Screens() {
  return (
    <Routes>
      <Route path="/" element={<ProjectList />} />
      <Route path="/password" element={<PasswordPage />} />
      <Route path="/tokens" element={<TokensPage />} />
      <Route path="/projects/:id" element={<ProjectFrame />}>
        <Route index element={<ProjectPage />} />
        <Route path="pictures" element={<PicturesPage />} />
        <Route path="labels" element={<LabelsPage />} />
        <Route path="models" element={<ModelsPage />} />
        <Route path="models/:number" element={<ModelPage />} />
        <Route path="audit" element={<AuditPage />} />
        <Route path="doubts" element={<DoubtsPage />} />
        <Route path="import" element={<ImportPage />} />
        <Route path="export" element={<ExportPage />} />
        <Route path="members" element={<MembersPage />} />
        <Route path="settings" element={<SettingsPage />} />
        <Route path="label" element={<ImageView />} />
        <Route path="by-label/:label?" element={<LabelView />} />
      </Route>
      <Route path="*" element={<Nowhere />} />
    </Routes>
  );
}

function Nowhere() {
  return (
    <Shell trail={[]}>
      <Empty title="There is nothing at this address" action={<Link to="/">All projects</Link>} />
    </Shell>
  );
}
