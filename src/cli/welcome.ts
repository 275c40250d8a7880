const REQUEST = {
  candidates: [{ model: 'claude-fable-5', quantities: { input_tokens: '1200', output_tokens: '400' } }],
};

/** What a person sees who started the service: where it is, and how to go on. */
export function welcome(address: string | undefined, firstToken: string | undefined): string[] {
  if (address === undefined) return ['Tollgate runs.'];
  const where = `Tollgate serves gRPC on ${address}: the protos are in proto/, and reflection and health are served.`;
  if (firstToken === undefined) return [where];
  return [
    where,
    '',
    'An operator token, shown this once (make others with: npx tollgate token mint):',
    '',
    `  ${firstToken}`,
    '',
    'What a request would cost, from the sample prices. Paste this into another terminal:',
    '',
    `  TOLLGATE_TOKEN=${firstToken} npx tollgate call --address ${address} SpendService.Quote '${JSON.stringify(REQUEST)}'`,
    '',
  ];
}
