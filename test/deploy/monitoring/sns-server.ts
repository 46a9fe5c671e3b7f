import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What was published to a topic. */
export interface Published {
  readonly topicArn: string;
  readonly subject: string;
  readonly message: string;
  readonly attributes: string;
  /** How the request was signed. */
  readonly authorization: string;
}

export interface SnsServer {
  readonly url: string;
  readonly published: readonly Published[];
  readonly close: () => Promise<void>;
}

/** As much of Amazon SNS as `Publish` needs, by its documented query API. It keeps what comes and checks no signature. */
export const startSnsServer = async (): Promise<SnsServer> => {
  const published: Published[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      if (form.get('Action') !== 'Publish') {
        response.writeHead(400).end();
        return;
      }
      published.push({
        topicArn: form.get('TopicArn') ?? '',
        subject: form.get('Subject') ?? '',
        message: form.get('Message') ?? '',
        attributes: [...form].filter(([name]) => name.startsWith('MessageAttributes')).join(' '),
        authorization: request.headers.authorization ?? '',
      });
      response.writeHead(200, { 'content-type': 'text/xml' });
      response.end(
        '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>' +
          `${String(published.length)}</MessageId></PublishResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PublishResponse>`,
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    published,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
};
