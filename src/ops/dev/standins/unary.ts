import { type handleUnaryCall, status } from '@grpc/grpc-js';
import { PointsError, toError } from '../../../common/errors.ts';
import type { Conduct } from './conduct.ts';

/** A call that is answered with a status of gRPC instead of a response. */
export class CallRefusedError extends PointsError {
  readonly code = 'CALL_REFUSED';
  readonly status: status;

  constructor(answer: status, message: string) {
    super(message, { facts: { status: status[answer] } });
    this.status = answer;
  }
}

export interface UnaryParts<Request, Response> {
  readonly conduct: Conduct;
  /** @throws CallRefusedError */
  readonly handle: (request: Request) => Promise<Response> | Response;
  /** What every call is answered with while the stand-in is wrong. */
  readonly wrong: CallRefusedError;
}

const away = new CallRefusedError(status.UNAVAILABLE, 'The stand-in was told to be away');

/** A unary method that behaves as its stand-in was told. */
export const unary =
  <Request, Response>({ conduct, handle, wrong }: UnaryParts<Request, Response>): handleUnaryCall<Request, Response> =>
  ({ request }, callback) => {
    const answer = async (): Promise<Response> => {
      const mode = await conduct.answer();
      if (mode === 'away') throw away;
      if (mode === 'wrong') throw wrong;
      return handle(request);
    };
    answer().then(
      (response) => {
        callback(null, response);
      },
      (thrown: unknown) => {
        const code = thrown instanceof CallRefusedError ? thrown.status : status.INTERNAL;
        callback({ code, details: toError(thrown).message });
      },
    );
  };
