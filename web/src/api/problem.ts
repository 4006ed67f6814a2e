/** An error as the server answers it (RFC 9457), and the two faults that never reach the server. */
export type Problem = {
  title: string;
  status: number;
  detail: string;
  code: string;
  field?: string;
  retry_after_ms?: number;
  request_id?: string;
};

export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(readonly problem: Problem) {
    super(`${problem.code}: ${problem.detail}`);
  }

  get code(): string {
    return this.problem.code;
  }

  /** The same request may succeed later without anybody changing anything. */
  get transient(): boolean {
    return this.problem.status === 0 || this.problem.status === 429 || this.problem.status >= 500;
  }
}

/** The request got no answer: no network, the server is away, or it took too long. */
export function unreachable(): ApiError {
  return new ApiError({
    title: 'unreachable',
    status: 0,
    detail: 'the server could not be reached',
    code: 'unreachable',
  });
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string';
}

export async function problemOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => undefined);
  if (isProblem(body)) return new ApiError({ ...body, status: response.status });
  const code = response.status >= 500 ? 'unavailable' : 'invalid';
  return new ApiError({ title: code, status: response.status, detail: `status ${response.status}`, code });
}

export function asApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : unreachable();
}
