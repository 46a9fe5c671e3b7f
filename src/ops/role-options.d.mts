export const roleNodeOptions: readonly string[];
export const roleEnvironment: Readonly<Record<string, string>>;
