import { describe, expect, test } from 'vitest';
import { refusalReason } from '../../../src/adapters/mongo/refusal-reason.ts';

const ofProperties = (...propertiesNotSatisfied: object[]) => ({
  failingDocumentId: 1,
  details: {
    operatorName: '$and',
    clausesNotSatisfied: [
      {
        index: 0,
        details: {
          operatorName: '$jsonSchema',
          schemaRulesNotSatisfied: [{ operatorName: 'properties', propertiesNotSatisfied }],
        },
      },
    ],
  },
});

describe('the reason of a refusal', () => {
  test('names field and rule and never the value', () => {
    const reason = refusalReason(
      ofProperties(
        {
          propertyName: 'points',
          details: [{ operatorName: 'minimum', reason: 'comparison failed', consideredValue: -77 }],
        },
        {
          propertyName: 'description',
          details: [
            {
              operatorName: 'allOf',
              schemasNotSatisfied: [
                { index: 1, title: 'carries an e-mail address', details: [{ operatorName: 'not', reason: 'matched' }] },
              ],
            },
            { operatorName: 'maxLength', consideredValue: 'jane@example.com' },
          ],
        },
      ),
    );
    expect(reason).toBe(
      'Document is refused: points minimum; description carries an e-mail address; description maxLength',
    );
  });

  test('names fields that are missing or unknown', () => {
    const rules = [
      { operatorName: 'required', missingProperties: ['locale', 'type'] },
      { operatorName: 'additionalProperties', additionalProperties: ['email'] },
    ];
    expect(refusalReason({ details: { operatorName: '$jsonSchema', schemaRulesNotSatisfied: rules } })).toBe(
      'Document is refused: locale is missing; type is missing; email is not a field of it',
    );
  });

  test('names the field of a range', () => {
    const clause = { operatorName: '$gte', specifiedAs: { merchant_id: { $gte: 'x' } }, consideredValue: 'AAAA' };
    expect(
      refusalReason({ details: { operatorName: '$and', clausesNotSatisfied: [{ index: 1, details: clause }] } }),
    ).toBe('Document is refused: merchant_id $gte');
  });

  test('is told even where the server gives none', () => {
    expect(refusalReason(undefined)).toBe('Document is refused: the server does not say why');
    expect(refusalReason({})).toBe('Document is refused: the server does not say why');
  });
});
