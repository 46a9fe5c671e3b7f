import { PointsError, type ErrorOptions } from '../../common/errors.ts';

/** A port a development server needs is taken by something else. */
export class PortTakenError extends PointsError {
  readonly code = 'PORT_TAKEN';
  override readonly retryable = true;
  readonly server: string;
  readonly port: number;

  constructor(server: string, port: number, options: ErrorOptions = {}) {
    super(
      `Port ${port} of ${server} is taken by another process; stop it, or move all ports with --port-offset, for example --port-offset 1000`,
      { ...options, facts: { server, port, ...options.facts } },
    );
    this.server = server;
    this.port = port;
  }
}

/** A port offset that is no whole number, or that puts a port beyond 65535. */
export class PortOffsetError extends PointsError {
  readonly code = 'PORT_OFFSET_INVALID';
}

/** The software of a development server could not be installed; the message ends with what the tool said last. */
export class InstallFailedError extends PointsError {
  readonly code = 'INSTALL_FAILED';
  override readonly retryable = true;
}

/** A tool the installer needs is not on this machine. */
export class ToolMissingError extends PointsError {
  readonly code = 'TOOL_MISSING';
}

/** A development server ended, or did not answer in time; the message ends with the tail of its log. */
export class ServerFailedError extends PointsError {
  readonly code = 'SERVER_FAILED';
}

/** Another run has the servers up on this data folder. */
export class DataFolderInUseError extends PointsError {
  readonly code = 'DATA_FOLDER_IN_USE';

  constructor(folder: string, holder: number) {
    super(`The data folder ${folder} is in use by process ${holder}; stop that run, or name another data folder`, {
      facts: { folder, holder },
    });
  }
}
