using System.Reflection;

namespace ClientLb.Tests.Architecture;

/// <summary>Types as C# writes them: namespaces in full for the project's own types, none for the framework's, with nullability where it is known.</summary>
internal static class TypeText
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(object)] = "object", [typeof(string)] = "string", [typeof(bool)] = "bool", [typeof(char)] = "char",
        [typeof(byte)] = "byte", [typeof(sbyte)] = "sbyte", [typeof(short)] = "short", [typeof(ushort)] = "ushort", [typeof(int)] = "int",
        [typeof(uint)] = "uint", [typeof(long)] = "long", [typeof(ulong)] = "ulong", [typeof(float)] = "float", [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
    };

    public static string Of(Type type) => Of(type, _ => null);

    public static string Of(NullabilityInfo info) => Of(info.Type, info);

    public static string GenericNames(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Of))}>" : "";

    public static string Constraints(MemberInfo owner)
    {
        var arguments = owner switch
        {
            Type { IsGenericTypeDefinition: true } type => type.GetGenericArguments(),
            MethodInfo { IsGenericMethodDefinition: true } method => method.GetGenericArguments(),
            _ => [],
        };
        return string.Concat(arguments.Select(Constraint));
    }

    private static string Constraint(Type argument)
    {
        var attributes = argument.GenericParameterAttributes;
        var isStruct = attributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
        var texts = argument.GetGenericParameterConstraints().Where(type => type != typeof(ValueType)).Select(Of).ToList();
        if (isStruct || attributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
        {
            texts.Insert(0, isStruct ? "struct" : "class");
        }

        if (!isStruct && attributes.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint))
        {
            texts.Add("new()");
        }

        return texts.Count == 0 ? "" : $" where {argument.Name} : {string.Join(", ", texts)}";
    }

    private static string Of(Type type, NullabilityInfo info)
    {
        var element = type.IsByRef ? type.GetElementType()! : type;
        var mark = !element.IsValueType && (info.ReadState == NullabilityState.Nullable || info.WriteState == NullabilityState.Nullable) ? "?" : "";
        return element.IsArray && info.ElementType is { } item
            ? $"{Of(item)}[]{mark}"
            : Of(element, index => index < info.GenericTypeArguments.Length ? info.GenericTypeArguments[index] : null) + mark;
    }

    private static string Of(Type type, Func<int, NullabilityInfo?> argument)
    {
        if (type.IsByRef)
        {
            return Of(type.GetElementType()!);
        }

        if (type.IsArray)
        {
            return Of(type.GetElementType()!) + "[]";
        }

        if (type.IsGenericParameter)
        {
            return type.Name;
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Of(underlying) + "?";
        }

        if (Keywords.TryGetValue(type, out var keyword))
        {
            return keyword;
        }

        var name = type.IsNested ? $"{Of(type.DeclaringType!)}.{type.Name}" : Prefix(type) + type.Name;
        var arguments = type.GetGenericArguments();
        return arguments.Length == 0 || !name.Contains('`', StringComparison.Ordinal)
            ? name
            : $"{name.Split('`')[0]}<{string.Join(", ", arguments.Select((inner, index) => argument(index) is { } info ? Of(info) : Of(inner)))}>";
    }

    private static string Prefix(Type type) =>
        type.Namespace is { } space && space.StartsWith("ClientLb", StringComparison.Ordinal) ? space + "." : "";
}
