//! The command line.

use crate::exit::EXIT_CODES;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// One DynamoDB data layer for Node, Python, Go and Rust: its command line.
#[derive(Debug, Parser)]
#[command(name = "tabletheory", version, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Arguments {
    /// Print JSON documents instead of text, one per line
    #[arg(long, global = true)]
    pub json: bool,

    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve DynamoDB on this machine, in memory or from a file
    #[command(after_help = "\
Prints `tabletheory local: listening on http://127.0.0.1:PORT` as soon as it accepts connections
(with --json: {\"endpoint\":\"…\",\"port\":…}) and serves until SIGINT or SIGTERM.
Any credentials and any region do.

Examples:
  tabletheory local
  tabletheory local --port 0 --json
  tabletheory local --file notes.db")]
    Local(Local),

    /// Check schema documents (DMS) and report every problem with its line and column
    #[command(after_help = "\
Examples:
  tabletheory check notes.dms.yml
  tabletheory check --strict schemas/")]
    Check(Check),

    /// Create, describe or delete the tables of a schema document
    #[command(after_help = "\
Region, endpoint and credentials come from the options or, as with AWS's own tools, from AWS_REGION, AWS_DEFAULT_REGION,
AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, … and the profile files.

Examples:
  tabletheory table create notes.dms.yml --endpoint http://127.0.0.1:8000 --region us-east-1
  tabletheory table describe notes.dms.yml --model Note --json
  tabletheory table delete notes.dms.yml --yes")]
    Table {
        /// What to do with the tables
        #[command(subcommand)]
        command: Table,
    },

    /// Rewrite schema documents (DMS)
    Dms {
        /// What to do with the document
        #[command(subcommand)]
        command: Dms,
    },

    /// Explain a call without sending it: its requests, what it costs, better indexes, warnings
    #[command(after_help = "\
The call is a call document, as all libraries send it to the core: {\"op\":\"query\",\"model\":\"Note\",\"key\":[\"u#1\"]}

Examples:
  tabletheory explain notes.dms.yml call.json
  echo '{\"op\":\"scan\",\"model\":\"Note\"}' | tabletheory explain notes.dms.yml --json")]
    Explain(Explain),

    /// Look into cursors
    Cursor {
        /// What to do with the cursor
        #[command(subcommand)]
        command: Cursor,
    },

    /// Print the versions of the command and of the contract between core and hosts
    Info,

    /// Print a completion script for a shell
    #[command(after_help = "Example: tabletheory completions bash > /etc/bash_completion.d/tabletheory")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Options of `local`.
#[derive(Debug, Args)]
pub struct Local {
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 8000, value_name = "N")]
    pub port: u16,

    /// Address or host name to listen on
    #[arg(long, default_value = "127.0.0.1", value_name = "HOST")]
    pub host: String,

    /// Keep the data in this file (made if absent) instead of in memory
    #[arg(long, value_name = "PATH")]
    pub file: Option<PathBuf>,

    /// Also stop when standard input is closed, so that no server outlives the program that started it
    #[arg(long)]
    pub stop_with_stdin: bool,
}

/// Options of `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Documents, or folders whose *.yml, *.yaml and *.json files are all checked; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Warnings are errors
    #[arg(long)]
    pub strict: bool,
}

/// The subcommands of `dms`.
#[derive(Debug, Subcommand)]
pub enum Dms {
    /// Rewrite a document to a later version of the language
    #[command(after_help = "\
Only `dms_version` changes; comments and layout stay. Notes on standard error tell where the new version means something else.
Without --write the new text goes to standard output.

Examples:
  tabletheory dms migrate old.dms.yml
  tabletheory dms migrate notes.dms.yml --to 0.3 --write")]
    Migrate(Migrate),
}

/// Options of `dms migrate`.
#[derive(Debug, Args)]
pub struct Migrate {
    /// Document; `-` is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// The version to rewrite it to (else the one after its own)
    #[arg(long, value_name = "VERSION")]
    pub to: Option<String>,

    /// Write the new text to the file
    #[arg(long)]
    pub write: bool,
}

/// Options of `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// Schema document
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Call document, JSON; `-` is standard input
    #[arg(value_name = "CALL", default_value = "-")]
    pub call: PathBuf,

    /// Put in front of the table names
    #[arg(long, value_name = "PREFIX")]
    pub prefix: Option<String>,
}

/// The subcommands of `cursor`.
#[derive(Debug, Subcommand)]
pub enum Cursor {
    /// Print what is in a cursor: the key behind which a read goes on, index and order
    #[command(after_help = "\
Any form will do: plain or signed, padded or not. A signature is not verified, as that takes the client's keys and the call.

Examples:
  tabletheory cursor decode eyJsYXN0S2V5Ijp7InBrIjp7IlMiOiJ1IzEifX0sInNvcnQiOiJBU0MifQ==
  pbpaste | tabletheory cursor decode - --json")]
    Decode(Decode),
}

/// Options of `cursor decode`.
#[derive(Debug, Args)]
pub struct Decode {
    /// The cursor; `-` is standard input
    #[arg(value_name = "CURSOR")]
    pub cursor: String,
}

/// The subcommands of `table`.
#[derive(Debug, Subcommand)]
pub enum Table {
    /// Create the tables that are not there, with their indexes and TTL, and wait until they are active
    Create {
        /// Which tables, and where
        #[command(flatten)]
        target: Target,

        /// Refuse to delete a new table until the protection is lifted
        #[arg(long)]
        deletion_protection: bool,
    },
    /// Print what the service says about the tables
    Describe {
        /// Which tables, and where
        #[command(flatten)]
        target: Target,
    },
    /// Delete the tables and everything in them
    Delete {
        /// Which tables, and where
        #[command(flatten)]
        target: Target,

        /// Yes, delete everything in them
        #[arg(long, required = true)]
        yes: bool,
    },
}

/// Which tables, and where.
#[derive(Debug, Args)]
pub struct Target {
    /// Schema document
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Only the table of this model (else those of all models)
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,

    /// AWS region
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,

    /// URL of the service, for instance that of `tabletheory local`
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,

    /// Put in front of the table names
    #[arg(long, value_name = "PREFIX")]
    pub prefix: Option<String>,
}
