namespace ClientLb.Samples.Failover.Fleet;

/// <summary>How this program is started once more, in a process of its own.</summary>
internal static class OwnProgram
{
    /// <summary>What is started.</summary>
    public static string Executable => Environment.ProcessPath!;

    /// <summary>Its arguments: where <c>dotnet</c> runs this program, its assembly comes first.</summary>
    public static string[] With(params string[] arguments) =>
        Path.GetFileNameWithoutExtension(Executable) == "dotnet" ? [Environment.GetCommandLineArgs()[0], .. arguments] : arguments;
}
