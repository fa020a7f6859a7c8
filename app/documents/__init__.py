"""Documents of a case: judged by their content, sealed with the person's key, shared one by one."""
