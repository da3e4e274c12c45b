# Unit tests link their layer and the ones below it, so that a wrong call fails to link.
