"""An exported directory → a repository of the Hugging Face hub.

    url = push(run.path / "model", "org/name")

Private unless told otherwise. Who may write is the hub's matter: its token is read from where `hf auth login` or
``HF_TOKEN`` puts it, and is never an argument here. What is in the directory is left to `raymath.train.export`.
"""

from __future__ import annotations

from pathlib import Path

from raymath.errors import ConfigError, UserError


def push(directory: Path, repository: str, *, private: bool = True) -> str:
    """Upload a directory as one commit; the repository is made where there is none.

    Args:
        directory: files whose names begin with a dot stay here.
        repository: ``ORG/NAME`` on the hub.
        private: of a new repository; one that is there stays as it is.

    Returns:
        The address of the repository.

    Raises:
        ConfigError: the name is none.
        UserError: the hub cannot be reached or refuses. The directory is untouched, so it can be tried again.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HFValidationError, HTTPError  # the second: of its client, and its own
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(repository)
        if repository.count("/") != 1:
            raise HFValidationError("one / has to part organisation and name")
    except HFValidationError as error:
        raise ConfigError(f"'{repository}' names no repository: {error}", "write --push ORG/NAME") from None
    hub = HfApi()
    try:
        made = hub.create_repo(repository, private=private, exist_ok=True)
        hub.upload_folder(
            repo_id=made.repo_id,
            folder_path=directory,
            commit_message="Fine-tuned with raymath",
            ignore_patterns=[".*", "**/.*"],
        )
    except (HTTPError, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        raise UserError(
            f"{directory} was written, and the hub did not take it: {reason}",
            "log in with `hf auth login` (or HF_TOKEN) as someone who may write there, and export again",
        ) from None
    return str(made)
