// Prints what graphql-http's audit finds of a server, as JSON. Usage: node audit.js ADDRESS
import { auditServer } from 'graphql-http';

const results = await auditServer({ url: process.argv[2] });
console.log(JSON.stringify(results.map(({ id, name, status, reason }) => ({ id, name, status, reason }))));
