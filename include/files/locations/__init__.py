"""Where files lie: folders, SFTP, S3, HTTP, and the credentials for them."""
