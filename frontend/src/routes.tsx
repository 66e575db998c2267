/**
 * The one table of addresses. Screens of a project stand below ProjectFrame, which reads the project and its live news;
 * each is a lazy default export, so that it is loaded when first opened.
 */
import { lazy } from "react";
import { Link, Route, Routes } from "react-router";

import { ProjectFrame } from "./frame/ProjectFrame";
import { Shell } from "./frame/Shell";
import { ProjectList } from "./screens/projects/ProjectList";
import { Empty } from "./ui/Empty";

const ImageView = lazy(() => import("./screens/image/ImageView"));
const LabelView = lazy(() => import("./screens/labelview/LabelView"));
const ProjectPage = lazy(() => import("./screens/project/ProjectPage"));
const PicturesPage = lazy(() => import("./screens/pictures/PicturesPage"));
const LabelsPage = lazy(() => import("./screens/labels/LabelsPage"));
const ModelsPage = lazy(() => import("./screens/models/ModelsPage"));
const ModelPage = lazy(() => import("./screens/models/ModelPage"));
const AuditPage = lazy(() => import("./screens/audit/AuditPage"));
const DoubtsPage = lazy(() => import("./screens/doubts/DoubtsPage"));
const ImportPage = lazy(() => import("./screens/imports/ImportPage"));
const ExportPage = lazy(() => import("./screens/exports/ExportPage"));
const MembersPage = lazy(() => import("./screens/members/MembersPage"));
const SettingsPage = lazy(() => import("./screens/settings/SettingsPage"));
const PasswordPage = lazy(() => import("./screens/password/PasswordPage"));
const TokensPage = lazy(() => import("./screens/tokens/TokensPage"));

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
