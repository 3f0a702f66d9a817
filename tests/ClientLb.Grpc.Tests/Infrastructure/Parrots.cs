namespace ClientLb.Grpc.Tests.Infrastructure;

/// <summary>Starts servers.</summary>
internal static class Parrots
{
    /// <summary>Starts a server. The options are those of gRPC's own channels; Kestrel has none.</summary>
    public static async Task<IParrot> StartAsync(Library library, params string[] options) => library switch
    {
        Library.Python => await ParrotProcess.StartPythonAsync(options),
        Library.Node => await ParrotProcess.StartNodeAsync(options),
        _ => await KestrelParrot.StartAsync(),
    };
}
