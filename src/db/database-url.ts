/** The role whose rights the service has: it appends to the journal and the transfers, and cannot change what is there. */
export const SERVICE_ROLE = 'tollgate_service';

export interface Session {
  readonly applicationName: string;
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * The URL with session settings that hold from the connection's first statement, `options` of the given URL kept.
 * Drivers let the URL win over their other parameters, so the settings go into it.
 */
export function withSession(url: string, { applicationName, settings }: Session): string {
  const result = new URL(url);
  const given = result.searchParams.get('options');
  const ours = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  result.searchParams.set('options', [...(given ? [given] : []), ...ours].join(' '));
  if (!result.searchParams.has('application_name')) result.searchParams.set('application_name', applicationName);
  // The driver decodes a plus sign as itself, not as a space.
  result.search = result.search.replaceAll('+', '%20');
  return result.href;
}

/** The URL without its password, fit for a log. */
export function withoutPassword(url: string): string {
  const result = new URL(url);
  if (result.password) result.password = '***';
  if (result.searchParams.has('password')) result.searchParams.set('password', '***');
  return result.href;
}
