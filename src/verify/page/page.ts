import type { Deployment } from '../deployment.ts';

export const printPage = ({ program }: Deployment): string => program.name;
