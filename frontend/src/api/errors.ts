/**
 * One error for every refusal of the server, and one for "the server was not reached".
 *
 * `await unwrap(api.GET(...))` gives the data or throws; `sayError(error)` gives the sentence to show.
 */

export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly fields: Readonly<Record<string, string[]>> = {},
  ) {
    super(detail);
    this.name = "Refused";
  }
}

export class Unreachable extends Error {
  constructor() {
    super("Tern's server does not answer. Marks are kept on this device and sent when it is back.");
    this.name = "Unreachable";
  }
}

interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

interface ErrorBody {
  code?: string;
  detail?: string;
  fields?: Record<string, string[]>;
}

/** The data of an openapi-fetch answer; throws `Refused` or `Unreachable`. */
export async function unwrap<Data>(pending: Promise<Answer<Data>>): Promise<Data> {
  let answer: Answer<Data>;
  try {
    answer = await pending;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Unreachable();
  }
  if (answer.response.ok) return answer.data as Data;
  throw refusal(answer.response, answer.error);
}

function refusal(response: Response, error: unknown): Refused {
  const body: ErrorBody = typeof error === "object" && error !== null ? error : {};
  const detail = body.detail ?? `The server answered ${response.status.toString()} ${response.statusText}.`;
  return new Refused(response.status, body.code ?? "failed", detail, body.fields);
}

/** Whether the error means that nobody is signed in any more. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof Refused && (error.status === 401 || error.code === "unauthenticated");
}

/** What to tell the person. */
export function sayError(error: unknown): string {
  return error instanceof Error ? error.message : "Something went wrong. Try again.";
}
