"""Cases: one survivor's file, who is responsible, how far it has come; its notes, tasks and approvals."""
