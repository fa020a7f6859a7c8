"""Who takes part in a programme: enrolment by consent, medical clearance, attendance. Of a person's file."""
