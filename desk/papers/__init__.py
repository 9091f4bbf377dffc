"""Papers: how the desk sets a document, on the page (typst, PDF) and to be edited (DOCX); its letterhead and paper form."""
