/** Sends files with progress, which fetch cannot tell: `await upload(project, files, { dryRun, makeLabels }, setShare, signal)`. */
import { csrfToken } from "../../api/client";
import { Refused, Unreachable } from "../../api/errors";
import type { Job } from "../../api/types";

interface ErrorBody {
  code?: string;
  detail?: string;
  fields?: Record<string, string[]>;
}

/** Starts an import of the files; `onShare` hears how much of them has been sent, of 1. */
export function upload(
  project: number,
  files: readonly File[],
  asked: { dryRun: boolean; makeLabels: boolean },
  onShare: (share: number) => void,
  signal: AbortSignal,
): Promise<Job> {
  const form = new FormData();
  for (const file of files) form.append("files", file, file.name);
  form.append("dry_run", asked.dryRun ? "true" : "false");
  form.append("make_labels", asked.makeLabels ? "true" : "false");
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
        resolve(request.response as Job);
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
