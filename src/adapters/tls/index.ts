export type { CertificateFiles } from './certificate-files.ts';
export type { Certificates } from './check-certificates.ts';
export { CertificateRefusedError } from './errors.ts';
export { followedContext } from './secure-context.ts';
export { type CertificateWatcher, watchCertificates } from './watch-certificates.ts';
