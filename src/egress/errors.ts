import { status } from '@grpc/grpc-js';
import { type ErrorOptions, PointsError } from '../common/errors.ts';

/** A call that is answered with a gRPC status other than OK; its message is what the client reads. */
export class CallRefusedError extends PointsError {
  /** Name of the gRPC status code. */
  readonly code: string;
  readonly status: status;

  constructor(code: status, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.code = status[code];
    this.status = code;
  }
}

export const unauthenticated = (): CallRefusedError =>
  new CallRefusedError(status.UNAUTHENTICATED, 'A valid token is required: authorization: Bearer <token>');

/** One message for every reason, so that an answer never tells whether a merchant or a customer exists. */
export const permissionDenied = (): CallRefusedError =>
  new CallRefusedError(status.PERMISSION_DENIED, 'The token does not allow this');

export const invalidArgument = (message: string): CallRefusedError =>
  new CallRefusedError(status.INVALID_ARGUMENT, message);

export const alreadyExists = (): CallRefusedError =>
  new CallRefusedError(status.ALREADY_EXISTS, 'The idempotency token was used for another request');

export const resourceExhausted = (): CallRefusedError =>
  new CallRefusedError(status.RESOURCE_EXHAUSTED, 'Too many calls wait for their decision, try again');

/** The gRPC server could not take its address; most often another process has it. */
export class ListenFailedError extends PointsError {
  readonly code = 'LISTEN_FAILED';

  constructor(address: string, options: ErrorOptions = {}) {
    super(`gRPC cannot listen on ${address}; POINTS_GRPC_HOST and POINTS_GRPC_PORT say where it should`, {
      ...options,
      facts: { address, ...options.facts },
    });
  }
}
