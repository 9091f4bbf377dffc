"""Who is it, and what may leave to them: how far somebody is proved, who speaks for whom, and the gate of disclosure."""
