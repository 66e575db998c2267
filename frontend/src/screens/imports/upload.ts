/** Sends files with progress, which fetch cannot tell: `await upload(project, files, setShare, signal)` plans their import. */
import { csrfToken } from "../../api/client";
import { Refused, Unreachable } from "../../api/errors";
import type { Import } from "./useImport";

interface ErrorBody {
  code?: string;
  detail?: string;
  fields?: Record<string, string[]>;
}

/** A file and its name with the folders it lay in. */
export interface Chosen {
  file: File;
  path: string;
}

/** Plans an import of the files; `onShare` hears how much of them has been sent, of 1. */
export function upload(
  project: number,
  files: readonly Chosen[],
  onShare: (share: number) => void,
  signal: AbortSignal,
): Promise<Import> {
  const form = new FormData();
  for (const { file, path } of files) {
    form.append("files", file, file.name);
    form.append("paths", path);
  }
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/projects/${project.toString()}/imports/`);
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && onShare(event.loaded / event.total);
    request.onerror = () => reject(new Unreachable());
    request.onabort = () => reject(new DOMException("Stopped", "AbortError"));
    request.onload = () => {
      if (request.status < 300) {
        resolve(request.response as Import);
        return;
      }
      const body = (request.response ?? {}) as ErrorBody;
      reject(
        new Refused(
          request.status,
          body.code ?? "failed",
          body.detail ?? `The server answered ${request.status.toString()}.`,
          body.fields,
        ),
      );
    };
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}
