"""Papers: what the desk sets as a document, on the page (typst, PDF) and to be edited (DOCX)."""
