"""E-mail: the only importer of aioimaplib and aiosmtplib; inbox, parsing, letters and delivery."""
