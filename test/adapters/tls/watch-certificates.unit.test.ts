import { symlink, rename, rm, writeFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { onTestFinished, describe, expect, test } from 'vitest';
import { type Certificates, type CertificateWatcher, watchCertificates } from '../../../src/adapters/tls/index.ts';
import { certificateFolder, fileTexts, issue, newAuthority, validity } from '../../support/certificates.ts';
import { recordingLogger } from '../../support/recording-logger.ts';

/** Nothing happens but by `look`. */
const never = 2 ** 30;

const authority = await newAuthority();
const [first, second] = [await issue(authority), await issue(authority)];
const [ended, early] = [await issue(authority, validity(-5)), await issue(authority, validity(5))];
const textsOf = (issued: typeof first) => fileTexts(issued, authority.certificate);
const asText = ({ contents }: Certificates) => ({
  certificate: String(contents.certificate),
  key: String(contents.key),
  ca: String(contents.ca),
});

async function rig(texts = textsOf(first)) {
  const folder = await certificateFolder(texts);
  const logger = recordingLogger();
  let hours = 0;
  let refused = 0;
  const watcher = watchCertificates({
    ...{ name: 'test', files: folder.files, logger, lookEveryMs: never, settleMs: never },
    clock: { now: () => Date.now() + hours * 3_600_000 },
    onRefused: () => {
      refused += 1;
    },
  });
  onTestFinished(() => watcher.close());
  const changes: Certificates[] = [];
  watcher.onChange((certificates) => changes.push(certificates));
  const errors = () => logger.lines.filter(({ level }) => level === 'error');
  return {
    ...{ ...folder, watcher, changes, errors, refused: () => refused },
    passHours: (passed: number) => {
      hours += passed;
    },
  };
}

/** Sees what has changed, and then that it stays so. */
const lookTwice = (watcher: CertificateWatcher): void => {
  watcher.look();
  watcher.look();
};

describe('A certificate watcher', () => {
  test('takes new files that were renamed into place, all at once', async () => {
    const { write, watcher, changes } = await rig();
    await write(textsOf(second));
    lookTwice(watcher);
    expect(asText(watcher.current)).toEqual(textsOf(second));
    expect(changes).toEqual([watcher.current]);
  });

  test('takes new files that were written in place', async () => {
    const { writeInPlace, watcher } = await rig();
    await writeInPlace(textsOf(second));
    lookTwice(watcher);
    expect(asText(watcher.current)).toEqual(textsOf(second));
  });

  test('follows a link that is turned to another folder, as an orchestrator mounts secrets', async () => {
    const { files } = await rig();
    const folder = path.dirname(files.certificate);
    const put = async (name: string, issued: typeof first): Promise<void> => {
      await mkdir(path.join(folder, name));
      for (const [file, text] of [
        ['tls.crt', issued.certificate],
        ['tls.key', issued.key],
        ['ca.crt', authority.certificate],
      ] as const)
        await writeFile(path.join(folder, name, file), text);
    };
    await put('one', first);
    await put('two', second);
    const data = path.join(folder, 'data');
    await symlink('one', data);
    const mounted = {
      certificate: path.join(data, 'tls.crt'),
      key: path.join(data, 'tls.key'),
      ca: path.join(data, 'ca.crt'),
    };
    const watcher = watchCertificates({
      ...{ name: 'test', files: mounted, logger: recordingLogger(), lookEveryMs: never, settleMs: never },
      clock: { now: () => Date.now() },
    });
    onTestFinished(() => watcher.close());
    await symlink('two', path.join(folder, 'next'));
    await rename(path.join(folder, 'next'), data);
    lookTwice(watcher);
    expect(asText(watcher.current)).toEqual(textsOf(second));
  });

  test('raises no alarm while one file is written after the other', async () => {
    const { write, watcher, errors, refused } = await rig();
    await write({ key: second.key });
    watcher.look();
    await write({ certificate: second.certificate });
    watcher.look();
    expect(asText(watcher.current)).toEqual(textsOf(first));
    watcher.look();
    expect(asText(watcher.current)).toEqual(textsOf(second));
    expect({ errors: errors(), refused: refused() }).toEqual({ errors: [], refused: 0 });
  });

  test.each([
    ['the certificate is new and the key is old', { certificate: second.certificate }],
    ['the key is new and the certificate is old', { key: second.key }],
    ['the certificate is half written', { certificate: second.certificate.slice(0, 300), key: second.key }],
    ['the key is empty', { certificate: second.certificate, key: '' }],
    ['the bundle of CAs is half written', { ca: authority.certificate.slice(0, 200) }],
    ['the new certificate has ended', ended],
    ['the new certificate is not valid yet', early],
  ])('keeps the last good files and raises the alarm, once, when %s', async (_what, texts) => {
    const { write, watcher, changes, errors, refused } = await rig();
    await write(texts);
    lookTwice(watcher);
    lookTwice(watcher);
    expect(asText(watcher.current)).toEqual(textsOf(first));
    expect({ changes, alarm: watcher.isRefusing, refused: refused() }).toEqual({
      changes: [],
      alarm: true,
      refused: 1,
    });
    expect(errors().map(({ message }) => message)).toEqual([
      'New certificate files are refused; the last good ones stay in use',
    ]);

    await write(textsOf(second));
    lookTwice(watcher);
    expect(asText(watcher.current)).toEqual(textsOf(second));
    expect(watcher.isRefusing).toBe(false);
  });

  test('keeps the last good files while one is missing', async () => {
    const { files, write, watcher } = await rig();
    await rm(files.key);
    lookTwice(watcher);
    expect(watcher.isRefusing).toBe(true);
    expect(asText(watcher.current)).toEqual(textsOf(first));
    await write({ key: first.key });
    lookTwice(watcher);
    expect(watcher.isRefusing).toBe(false);
  });

  test('takes a certificate that was refused before its time once that has come', async () => {
    const { write, watcher, passHours } = await rig();
    const later = await issue(authority, { notBefore: validity(5).notBefore, notAfter: validity(50).notAfter });
    await write(later);
    lookTwice(watcher);
    expect(watcher.isRefusing).toBe(true);
    passHours(30);
    watcher.look();
    expect({ refusing: watcher.isRefusing, certificate: asText(watcher.current).certificate }).toEqual({
      ...{ refusing: false, certificate: later.certificate },
    });
  });

  test('says once that the certificate in use has ended, and goes on with it', async () => {
    const { watcher, errors, passHours } = await rig();
    passHours(2);
    lookTwice(watcher);
    expect(errors().map(({ message }) => message)).toEqual([
      'The certificate in use has ended, and no new one has come',
    ]);
    expect(asText(watcher.current)).toEqual(textsOf(first));
  });

  test('tells of the files and their dates, never of what is in a key', async () => {
    const { write, watcher, errors } = await rig();
    await write({ key: second.key.replace('MIG', 'MIX') });
    lookTwice(watcher);
    expect(errors()).toHaveLength(1);
    expect(JSON.stringify(errors())).not.toContain(second.key.slice(40, 60));
  });

  test('does not begin with files that are not good', async () => {
    await expect(rig(fileTexts({ ...first, key: second.key }, authority.certificate))).rejects.toThrow(
      /tls.key is not the key of/,
    );
  });

  test('looks by itself', async () => {
    const { files, write } = await certificateFolder(textsOf(first));
    const watcher = watchCertificates({
      ...{ name: 'test', files, logger: recordingLogger(), lookEveryMs: 10, settleMs: 5 },
      clock: { now: () => Date.now() },
    });
    onTestFinished(() => watcher.close());
    const changed = new Promise<Certificates>((resolve) => watcher.onChange(resolve));
    await write(textsOf(second));
    expect(asText(await changed)).toEqual(textsOf(second));
  });
});
